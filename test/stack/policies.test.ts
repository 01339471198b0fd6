import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainedAdvisories } from '../../commands/policies/explained-advisories.ts';
import { readPolicyFile } from '../../commands/policies/configuration-file.ts';
import { objectsOfManifests } from '../../commands/policies/judged-objects.ts';
import { judgeStack, type Result, type Results } from '../../commands/policies/results.ts';
import { writeManifests } from '../../infra/render/folder.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import { stackNames } from '../../infra/render/stack-file.ts';
import { rules } from '../../policies/rules.ts';
import { root, run } from '../processes.ts';
import { configurationVariants } from './variants.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-policies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const policies = (...args: string[]) =>
  run(process.execPath, ['--no-warnings', join(root, 'commands', 'policies.ts'), ...args]);

/** The objects that an explanation is about. */
const isAbout = (objects: readonly string[], { object }: Result) => {
  const [kind = '', name = ''] = object.split(' ');
  return objects.some((each) => each === `${kind} *` || each === `${kind} ${name.split('/').at(-1)}`);
};

describe.each(Object.entries(configurationVariants()))('the stack %s', (name, configuration) => {
  let manifests: Manifest[];
  let results: Results;
  beforeAll(async () => {
    // Under the name of a production stack, the rules of production hold too; dev is none.
    const stack = name === 'dev' ? 'dev' : 'prod';
    manifests = await renderConfiguration(configuration, stack);
    const configured = readPolicyFile(root, stack) as object;
    // It has no Prometheus, so that nothing in it can be scraped.
    const own = name === 'smallest' ? { 'scrape-target': 'disabled' } : {};
    results = judgeStack(stack, objectsOfManifests(manifests), rules, { ...configured, ...own });
  });

  test('has no mandatory violation', () => {
    const mandatory = results.violations.filter(({ level }) => level === 'mandatory');
    expect(mandatory.map(({ rule, object, message }) => `${rule}: ${object}: ${message}`)).toEqual([]);
    expect(results).toMatchObject({ passed: true, objects: manifests.length });
  });

  test('needs each of its exceptions', () => {
    const given = manifests.flatMap(({ kind, metadata }) =>
      Object.keys(metadata.annotations ?? {})
        .filter((key) => key.startsWith('policies.ballast.dev/'))
        .map((key) => `${key.replace(/.*\//, '')}: ${kind} ${metadata.namespace}/${metadata.name}`),
    );
    const needed = new Set(results.exceptions.map(({ rule, object }) => `${rule}: ${object}`));
    expect([...needed].sort()).toEqual(given.sort());
  });

  // Those of the committed stacks alone are in the handbook.
  if (!stackNames(root).includes(name)) return;
  test('has the advisory violations that are explained, and no other', () => {
    const explained = explainedAdvisories.filter(({ stacks }) => stacks.some((each) => each === name));
    const isExplained = (violation: Result) =>
      explained.some(({ rule, objects }) => rule === violation.rule && isAbout(objects, violation));
    expect(results.violations.filter((violation) => !isExplained(violation))).toEqual([]);
    const needless = explained.flatMap(({ rule, objects }) =>
      objects.filter((object) => !results.violations.some((each) => each.rule === rule && isAbout([object], each))),
    );
    expect(needless).toEqual([]);
  });
});

describe('npm run policies', () => {
  let rendered: Manifest[];
  beforeAll(async () => {
    rendered = await renderConfiguration(configurationVariants()['prod'] ?? {}, 'prod');
  });

  test('passes the stack prod, by URNs, with the results that its manifests have', async () => {
    const file = join(folder, 'prod.sarif');
    const { code, stdout } = await policies('--stack', 'prod', '--json', '--sarif', file);
    const results = JSON.parse(stdout) as Results;
    expect(code).toBe(0);
    const ofManifests = judgeStack('prod', objectsOfManifests(rendered), rules, readPolicyFile(root, 'prod'));
    const withoutSource = <R extends Result>({ source, ...rest }: R) => rest;
    const sorted = (list: readonly Result[]) =>
      list
        .map(withoutSource)
        .map((each) => JSON.stringify(each))
        .sort();
    expect(sorted(results.violations)).toEqual(sorted(ofManifests.violations));
    expect(sorted(results.exceptions)).toEqual(sorted(ofManifests.exceptions));
    expect(results).toMatchObject({ stack: 'prod', passed: true, rules: ofManifests.rules, objects: rendered.length });
    const all = [...results.violations, ...results.exceptions];
    expect(all.filter(({ source }) => !source.startsWith('urn:pulumi:prod::ballast::'))).toEqual([]);
    const [analysis] = (JSON.parse(readFileSync(file, 'utf8')) as Log).runs;
    // What is excepted is no alert.
    expect(analysis?.results).toHaveLength(results.violations.length);
  });

  test('refuses manifests with one property changed, and says which object, why and what to change', async () => {
    const changed = rendered.map((manifest) =>
      manifest.kind === 'Namespace' ? { ...manifest, metadata: { ...manifest.metadata, labels: {} } } : manifest,
    );
    writeManifests(join(folder, 'changed'), changed);
    const { code, stdout, stderr } = await policies('--stack', 'prod', '--manifests', join(folder, 'changed'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const [headings, first] = stdout.split('\n');
    expect(headings).toMatch(/^LEVEL +SEVERITY +RULE +OBJECT +WHAT IS WRONG$/);
    expect(first).toMatch(/^MANDATORY +\w+ +namespace-pod-security +Namespace ballast-prod +/);
    expect(stdout).toContain('\nnamespace-pod-security\n  ');
    expect(stdout).toContain('It reads the objects of its namespace from the API server.');
    expect(stdout).toMatch(
      /\nprod: 1 mandatory and \d+ advisory violations, \d+ exceptions; \d+ rules, \d+ objects\.\n$/,
    );
  });

  test('names the stacks there are when asked for another', async () => {
    const { code, stderr } = await policies('--stack', 'staging');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'There is no stack "staging": known are dev, prod\n' });
  });
});

test('the configuration of policies is not taken for a stack', () => {
  for (const name of ['Pulumi.prod.yaml', 'Pulumi.prod.policies.json']) writeFileSync(join(folder, name), '{}\n');
  expect(stackNames(folder)).toEqual(['prod']);
});
