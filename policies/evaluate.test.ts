import { describe, expect, it } from 'vitest';
import { Configuration } from './configuration.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import type { KubernetesObject } from './kubernetes/object.ts';
import type { ObjectRule, ProgramRule, Rule } from './rule.ts';
import { exceptionReason } from './rules/exception-reason.ts';
import { staleException } from './rules/stale-exception.ts';

const about = {
  demand: 'It is so.',
  reason: 'It breaks.',
  standard: { name: 'A standard', url: 'https://example.com' },
  fix: 'Make it so.',
  severity: 'low' as const,
};
const named: ObjectRule = {
  ...about,
  name: 'named',
  level: 'mandatory',
  checkObject: ({ metadata }) => (metadata?.name === undefined ? ['has no name', 'has none at all'] : []),
};
const alone: ProgramRule = {
  ...about,
  name: 'alone',
  level: 'advisory',
  checkProgram: ({ objects, stack = 'no stack' }) =>
    objects.length > 1 ? objects.slice(1).map((at) => ({ at, message: `is not alone in ${stack}` })) : [],
};
const demands = [named, alone];
const rules: readonly Rule[] = [...demands, exceptionReason(demands), staleException];

const object = (exceptions: Readonly<Record<string, string>> = {}, name?: string): KubernetesObject => ({
  metadata: {
    ...(name !== undefined && { name }),
    annotations: Object.fromEntries(
      Object.entries(exceptions).map(([rule, reason]) => [`policies.ballast.dev/${rule}`, reason]),
    ),
  },
});

function judged(objects: readonly KubernetesObject[], given: object = {}, of = rules): Evaluation {
  const identified = objects.map((each, index) => ({ object: each, source: `${index}` }));
  return evaluate(identified, of, Configuration.read(given, of), { stack: 'dev' });
}
const said = ({ violations }: Evaluation) =>
  violations.map(({ rule, level, at, message }) => `${at.source} ${level} ${rule.name}: ${message}`);

describe('what rules find', () => {
  it('comes in the order of the rules, then of the objects, with the level of each rule', () => {
    expect(said(judged([object(), object()]))).toEqual([
      '0 mandatory named: has no name',
      '0 mandatory named: has none at all',
      '1 mandatory named: has no name',
      '1 mandatory named: has none at all',
      '1 advisory alone: is not alone in dev',
    ]);
  });

  it('has the level that is configured', () => {
    expect(said(judged([object({}, 'a'), object({}, 'b')], { alone: 'mandatory' }))).toEqual([
      '1 mandatory alone: is not alone in dev',
    ]);
  });

  it('is nothing of a rule that is disabled', () => {
    expect(said(judged([object()], { named: 'disabled' }))).toEqual([]);
  });
});

describe('an exception', () => {
  it('is told with its reason in place of each violation', () => {
    const { violations, exceptions } = judged([object({ named: 'It is new.' })]);
    expect(violations).toEqual([]);
    expect(exceptions.map(({ message, reason }) => [message, reason])).toEqual([
      ['has no name', 'It is new.'],
      ['has none at all', 'It is new.'],
    ]);
  });

  it('is for its object alone', () => {
    expect(said(judged([object({ named: 'It is new.', alone: 'x' }, 'a'), object()]))).toEqual([
      '1 mandatory named: has no name',
      '1 mandatory named: has none at all',
      '1 advisory alone: is not alone in dev',
      '0 advisory stale-exception: the annotation policies.ballast.dev/named excuses nothing: the rule finds nothing here',
      '0 advisory stale-exception: the annotation policies.ballast.dev/alone excuses nothing: the rule finds nothing here',
    ]);
  });

  it('is none without a reason', () => {
    const { violations, exceptions } = judged([object({ named: ' ' })]);
    expect(exceptions).toEqual([]);
    expect(violations.map(({ rule }) => rule.name)).toEqual(['named', 'named', 'exception-reason']);
  });

  it('is not possible from the rules about exceptions', () => {
    const { violations, exceptions } = judged([
      object({ 'exception-reason': 'It is late.', 'stale-exception': 'It is late.', named: 'It was new.' }, 'a'),
    ]);
    expect(exceptions).toEqual([]);
    expect(violations.map(({ rule }) => rule.name)).toEqual([
      'exception-reason',
      'exception-reason',
      'stale-exception',
    ]);
  });

  it('is not stale while its rule is disabled', () => {
    expect(said(judged([object({ named: 'It was new.' }, 'a')], { named: 'disabled' }))).toEqual([]);
  });

  it('is judged after all rules, wherever the rules about exceptions stand', () => {
    expect(said(judged([object({ named: 'It is new.' })], {}, rules.toReversed()))).toEqual([]);
  });
});
