import { expect, test } from 'vitest';
import { Configuration } from '../configuration.ts';
import { evaluate } from '../evaluate.ts';
import { requiredLabels } from './required-labels.ts';
import { resources } from './resources.ts';

/** What the rule says about a Pod with one container, for a configuration of it. */
function said(rule: typeof resources | typeof requiredLabels, parameters: object, spec: object = {}): string[] {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one' },
    spec: { containers: [{ name: 'one' }], ...spec },
  };
  const configuration = Configuration.read({ [rule.name]: parameters }, [rule]);
  return evaluate([{ object, source: 'one' }], [rule], configuration).violations.map(({ message }) => message);
}

test('resources demands what it is told to', () => {
  expect(said(resources, { require: ['memory limit'] })).toEqual(['container "one" has no memory limit']);
  expect(said(resources, { require: [] })).toEqual([]);
  expect(() => said(resources, { require: ['disk limit'] })).toThrow('resources.require.0');
});

test('resources takes what the containers of a pod share', () => {
  const quantities = { cpu: '1', memory: '1Gi' };
  expect(said(resources, {}, { resources: { requests: quantities, limits: quantities } })).toEqual([]);
  expect(said(resources, {}, { resources: { limits: quantities } })).toEqual([]);
  expect(said(resources, {}, { resources: { requests: quantities } })).toEqual([
    'container "one" has no cpu limit, no memory limit',
  ]);
});

test('required-labels demands what it is told to', () => {
  expect(said(requiredLabels, { labels: ['team', 'cost-centre'] })).toEqual(['it lacks the labels team, cost-centre']);
  expect(said(requiredLabels, { labels: [] })).toEqual([]);
});
