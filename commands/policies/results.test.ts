import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../policies/configuration.ts';
import type { Identified } from '../../policies/kubernetes/object.ts';
import { rules } from '../../policies/rules.ts';
import { judgeStack } from './results.ts';
import { resultsTable } from './table.ts';

const service = (name: string, annotations = {}): Identified => ({
  object: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', annotations },
    spec: { type: 'NodePort' },
  },
  source: `${name}.yaml`,
});
const objects = [service('web'), service('job', { 'policies.ballast.dev/exposure': 'Nobody else can reach it.' })];
const judged = (given: object) => judgeStack('dev', objects, rules, { all: 'disabled', ...given });

describe('the results for a stack', () => {
  it('are its violations with what to change, and its exceptions with their reasons', () => {
    const found = {
      rule: 'exposure',
      level: 'mandatory',
      severity: 'high',
      message: 'it is of the type NodePort',
      fix: expect.stringContaining('ClusterIP') as string,
    };
    expect(judged({ exposure: 'mandatory' })).toEqual({
      stack: 'dev',
      passed: false,
      rules: 1,
      objects: 2,
      violations: [{ ...found, object: 'Service shop/web', source: 'web.yaml' }],
      exceptions: [{ ...found, object: 'Service shop/job', source: 'job.yaml', reason: 'Nobody else can reach it.' }],
    });
  });

  it('pass with advisory violations', () => {
    expect(judged({ exposure: 'advisory' })).toMatchObject({ passed: true, violations: [{ level: 'advisory' }] });
  });

  it('begin with the mandatory violations, and then with the worst', () => {
    const { violations } = judged({ exposure: 'advisory', 'required-labels': 'mandatory' });
    expect(violations.map(({ rule }) => rule)).toEqual(['required-labels', 'required-labels', 'exposure']);
  });

  it('are none when the configuration is wrong', () => {
    expect(() => judged({ exposed: 'mandatory' })).toThrow(ConfigurationError);
  });
});

describe('the table of results', () => {
  it('says what is wrong, why, what to change, what is excepted and how many of each', () => {
    const lines = resultsTable(judged({ exposure: 'mandatory' }), rules).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'LEVEL      SEVERITY  RULE      OBJECT            WHAT IS WRONG',
      'MANDATORY  high      exposure  Service shop/web  it is of the type NodePort',
    ]);
    expect(lines).toContain('Excepted by annotations:');
    expect(lines).toContain('exposure  Service shop/job  it is of the type NodePort  Nobody else can reach it.');
    expect(lines.at(-1)).toBe('dev: 1 mandatory and 0 advisory violations, 1 exception; 1 rule, 2 objects.');
  });

  it('is one line when there is nothing to say', () => {
    expect(resultsTable(judged({}), rules)).toBe(
      'dev: 0 mandatory and 0 advisory violations, 0 exceptions; 0 rules, 2 objects.',
    );
  });
});
