import { z } from 'zod';
import { exceptionsPolicy } from './exceptions.ts';
import type { Level, Rule } from './rule.ts';

/** The configuration of a pack is wrong. Nothing was judged. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration of the policies has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

const level = z.enum(['mandatory', 'advisory', 'disabled']);
/** As Pulumi's `--policy-pack-config` has it: a level alone, or beside the rule's parameters. */
const entry = z.union([level, z.looseObject({ enforcementLevel: level.optional() })]);

/** How one rule is applied. */
interface Applied {
  readonly level: Level;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** At which level, and with which parameters, the rules are applied. */
export class Configuration {
  readonly #applied: ReadonlyMap<string, Applied>;

  private constructor(applied: ReadonlyMap<string, Applied>) {
    this.#applied = applied;
  }

  /**
   * Reads what Pulumi takes as `--policy-pack-config`: by rule, a level or an object of `enforcementLevel` and parameters; `all`
   * is the level of the rules that say nothing. Without any, each rule has its own defaults.
   *
   * Source: https://www.pulumi.com/docs/insights/policy/policy-packs/configuration/
   *
   * @throws {ConfigurationError} for a rule that there is not, a level that there is not, or a wrong parameter: all of them.
   */
  static read(given: unknown, rules: readonly Rule[]): Configuration {
    const entries = z.record(z.string(), z.unknown()).safeParse(given);
    if (!entries.success) throw new ConfigurationError(['it must be an object of rules by their names']);
    const names = rules.map(({ name }) => name);
    const known = ['all', exceptionsPolicy, ...names];
    const unknown = Object.keys(entries.data).filter((name) => !known.includes(name));
    const problems = unknown.map((name) => `${name}: there is no such rule; there are ${names.join(', ')}`);
    const all = readEntry('all', entries.data['all'], problems).level;
    readEntry(exceptionsPolicy, entries.data[exceptionsPolicy], problems);
    const applied = rules.map((rule): [string, Applied] => {
      const { level: own, parameters } = readEntry(rule.name, entries.data[rule.name], problems);
      return [rule.name, { level: own ?? all ?? rule.level, parameters: readParameters(rule, parameters, problems) }];
    });
    if (problems.length > 0) throw new ConfigurationError(problems);
    return new Configuration(new Map(applied));
  }

  /** @throws when the rule is none of those that the configuration was read for. */
  of(rule: Rule): Applied {
    const applied = this.#applied.get(rule.name);
    if (applied === undefined) throw new Error(`the configuration was read without the rule ${rule.name}`);
    return applied;
  }
}

function readEntry(name: string, given: unknown, problems: string[]) {
  if (given === undefined) return { level: undefined, parameters: {} };
  const read = entry.safeParse(given);
  if (!read.success) {
    problems.push(
      `${name}: must be mandatory, advisory or disabled, or an object with one of them as enforcementLevel`,
    );
    return { level: undefined, parameters: {} };
  }
  if (typeof read.data === 'string') return { level: read.data, parameters: {} };
  const { enforcementLevel, ...parameters } = read.data;
  return { level: enforcementLevel, parameters };
}

function readParameters(rule: Rule, given: object, problems: string[]): Readonly<Record<string, unknown>> {
  const read = (rule.parameters ?? z.strictObject({})).safeParse(given);
  if (read.success) return read.data;
  problems.push(...read.error.issues.map(({ path, message }) => `${[rule.name, ...path].join('.')}: ${message}`));
  return {};
}
