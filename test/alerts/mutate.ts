import { parser } from '@prometheus-io/lezer-promql';
import type { Rule } from '../../alerts/rule.ts';

/** What of a rule was changed. */
export type MutationKind = 'number' | 'comparison' | 'for' | 'label' | 'matcher' | 'window';

/** A rule with one thing changed. */
export interface Mutant {
  readonly kind: MutationKind;
  /** `> became < at character 12`. */
  readonly what: string;
  readonly rule: Rule;
}

/** What windows, `for` and `keep_firing_for` are multiplied by. */
const factor = 0.4;

/** What numbers are multiplied by, since a limit may be too low or too high. */
const numberFactors = [0.4, 2.5];

const turned: Readonly<Record<string, string>> = {
  Gtr: '<',
  Gte: '<',
  Lss: '>',
  Lte: '>',
  Eql: '!=',
  Neq: '==',
};

/** Every rule that differs from the given one in one thing. Zeros stay: times anything they are the same. */
export function mutantsOf(rule: Rule): Mutant[] {
  return [...expressionMutants(rule), ...forMutants(rule), ...labelMutants(rule)];
}

function* expressionMutants(rule: Rule): Generator<Mutant> {
  for (const { kind, from, to, text } of expressionChanges(rule.expr)) {
    const before = rule.expr.slice(from, to);
    const expr = rule.expr.slice(0, from) + text + rule.expr.slice(to);
    yield { kind, what: `${before} became ${text} at character ${from + 1}`, rule: { ...rule, expr } };
  }
}

interface Change {
  readonly kind: MutationKind;
  readonly from: number;
  readonly to: number;
  /** What takes the place. */
  readonly text: string;
}

function expressionChanges(expr: string): Change[] {
  const changes: Change[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, from, to, node }) => {
      const add = (kind: MutationKind, text: string) => changes.push({ kind, from, to, text });
      const before = expr.slice(from, to);
      if (name === 'NumberDurationLiteral') {
        for (const times of numberFactors) {
          const value = Number(before) * times;
          if (Number.isFinite(value) && value !== 0) add('number', String(Number(value.toPrecision(12))));
        }
      } else if (name === 'NumberDurationLiteralInDurationContext') {
        add('window', shorter(before));
      } else if (Object.hasOwn(turned, name) && node.parent?.name === 'BinaryExpr') {
        add('comparison', turned[name] ?? '');
      } else if (name === 'StringLiteral' && node.parent?.name.endsWith('LabelMatcher')) {
        // A regular expression matches as a whole, so that this is another value for it too.
        add('matcher', JSON.stringify(`(${JSON.parse(before) as string})-changed`));
      }
    },
  });
  return changes;
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function shorter(duration: string): string {
  const [, count, unit = ''] = /^(\d+)([a-z]+)$/.exec(duration) ?? [];
  const length = Number(count) * (milliseconds[unit] ?? NaN);
  if (!(length > 0)) throw new Error(`no duration in one unit: ${duration}`);
  return `${Math.round(length * factor)}ms`;
}

function* forMutants(rule: Rule): Generator<Mutant> {
  if (!('alert' in rule)) return;
  for (const field of ['for', 'keep_firing_for'] as const) {
    const before = rule[field];
    if (before === undefined || /^0[a-z]+$/.test(before)) continue;
    const changed = shorter(before);
    yield { kind: 'for', what: `${field}: ${before} became ${changed}`, rule: { ...rule, [field]: changed } };
  }
}

function* labelMutants(rule: Rule): Generator<Mutant> {
  for (const [label, value] of Object.entries(rule.labels ?? {})) {
    const changed = label !== 'severity' ? `${value}-changed` : value === 'critical' ? 'warning' : 'critical';
    const labels = { ...rule.labels, [label]: changed };
    yield { kind: 'label', what: `label ${label}: ${value} became ${changed}`, rule: { ...rule, labels } as Rule };
  }
}
