import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Configuration, ConfigurationError } from './configuration.ts';
import type { ObjectRule } from './rule.ts';

const rule = (name: string, rest: Partial<ObjectRule> = {}): ObjectRule => ({
  name,
  demand: 'It is so.',
  reason: 'It breaks.',
  standard: { name: 'A standard', url: 'https://example.com' },
  fix: 'Make it so.',
  level: 'mandatory',
  severity: 'low',
  checkObject: () => [],
  ...rest,
});
const plain = rule('plain');
const soft = rule('soft', { level: 'advisory' });
const tunable = rule('tunable', { parameters: z.strictObject({ least: z.int().default(2) }) });
const rules = [plain, soft, tunable];

const levels = (given: unknown) => {
  const configuration = Configuration.read(given, rules);
  return rules.map((each) => configuration.of(each).level);
};
const problems = (given: unknown) => {
  try {
    Configuration.read(given, rules);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('a configuration', () => {
  it('leaves what it does not name as the rule has it', () => {
    expect(levels({})).toEqual(['mandatory', 'advisory', 'mandatory']);
    expect(Configuration.read({}, rules).of(tunable).parameters).toEqual({ least: 2 });
    expect(Configuration.read({}, rules).of(plain).parameters).toEqual({});
  });

  it('gives a rule a level, alone or beside parameters', () => {
    expect(levels({ plain: 'disabled', tunable: { enforcementLevel: 'advisory', least: 3 } })).toEqual([
      'disabled',
      'advisory',
      'advisory',
    ]);
    const configuration = Configuration.read({ tunable: { least: 3 } }, rules);
    expect(configuration.of(tunable)).toEqual({ level: 'mandatory', parameters: { least: 3 } });
  });

  it('gives the rest the level of all', () => {
    expect(levels({ all: 'disabled', soft: 'mandatory', tunable: { least: 3 } })).toEqual([
      'disabled',
      'mandatory',
      'disabled',
    ]);
  });

  it('is refused with every problem that it has', () => {
    expect(problems({ plian: 'advisory', plain: 'optional', soft: { least: 1 }, tunable: { least: 'two' } })).toEqual([
      'plian: there is no such rule; there are plain, soft, tunable',
      'plain: must be mandatory, advisory or disabled, or an object with one of them as enforcementLevel',
      expect.stringMatching(/^soft: .*least/),
      expect.stringMatching(/^tunable\.least: .*number/),
    ]);
  });

  it.each([[[]], ['advisory'], [null]])('is refused when it is %j', (given) => {
    expect(problems(given)).toEqual(['it must be an object of rules by their names']);
  });

  it('knows only the rules that it was read for', () => {
    expect(() => Configuration.read({}, rules).of(rule('other'))).toThrow('without the rule other');
  });
});
