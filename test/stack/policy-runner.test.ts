import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exceptionPrefix } from '../../policies/exceptions.ts';
import { changed } from '../../policies/fixtures/judge.ts';
import { fixtures } from '../../policies/fixtures/index.ts';
import type { KubernetesObject } from '../../policies/kubernetes/object.ts';
import { rules } from '../../policies/rules.ts';
import { PolicyRunner, resourceOf, unknownText, type EngineResource } from './policy-runner.ts';

let runner: PolicyRunner;
beforeAll(async () => {
  runner = await PolicyRunner.start();
});
afterAll(() => runner.stop());

/** Leaves all policies off but some. */
const only = (changes: Parameters<PolicyRunner['configure']>[0]) =>
  runner.configure({
    ...Object.fromEntries(rules.map(({ name }) => [name, { level: 'disabled' }])),
    exceptions: { level: 'disabled' },
    ...changes,
  });
beforeEach(() => only({ 'image-tag': { level: 'mandatory' } }));

const deployment = (image: string, annotations = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', annotations },
  spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
});

/** Everything that the runner says of a program, as the engine asks: each resource, then all. */
async function judge(resources: readonly EngineResource[]) {
  const each = [];
  for (const resource of resources) each.push(...(await runner.analyze(resource)));
  return [...each, ...(await runner.analyzeStack(resources))];
}

describe("Pulumi's policy runner with the pack", () => {
  test('is told each rule with its level, its severity, what to do and its parameters', async () => {
    const info = await runner.info();
    expect(info).toMatchObject({ name: 'ballast-policies', version: '0.1.0' });
    const told = info.policiesList.map(({ name, severity, remediationSteps, url }) => [
      name,
      severity,
      remediationSteps,
      url,
    ]);
    const severities = ['', 'low', 'medium', 'high', 'critical'];
    expect(told.slice(0, -1)).toEqual(
      rules.map(({ name, severity, fix, standard }) => [name, severities.indexOf(severity), fix, standard.url]),
    );
    expect(told.at(-1)?.[0]).toBe('exceptions');
  });

  test('refuses a violating object before it is made, and says what is wrong and what to change', async () => {
    const said = await runner.analyze(resourceOf(deployment('registry.example.com/web:latest')));
    expect(said).toEqual([{ policy: 'image-tag', level: 'mandatory', urn: '', message: expect.any(String) as string }]);
    expect(said[0]?.message).toContain(
      'container "web" runs the image registry.example.com/web:latest, whose tag is latest.\nName the version that was tested',
    );
  });

  test('lets a clean object pass', async () => {
    expect(await judge([resourceOf(deployment('registry.example.com/web:1.4.2'))])).toEqual([]);
  });

  test('enforces a rule as it is configured', async () => {
    const resource = resourceOf(deployment('registry.example.com/web'));
    await only({ 'image-tag': { level: 'advisory' } });
    expect(await runner.analyze(resource)).toMatchObject([{ policy: 'image-tag', level: 'advisory' }]);
    await only({ 'image-tag': { level: 'disabled' } });
    expect(await runner.analyze(resource)).toEqual([]);
  });

  test('tells of an exception with its reason, and refuses one without', async () => {
    await only({ 'image-tag': { level: 'mandatory' }, exceptions: { level: 'advisory' } });
    const excepted = (reason: string) =>
      resourceOf(deployment('registry.example.com/web', { [`${exceptionPrefix}image-tag`]: reason }), `for-${reason}`);
    const [none, some] = [excepted(''), excepted('It is built here.')];
    expect(await judge([none])).toMatchObject([{ policy: 'image-tag', level: 'mandatory' }]);
    const said = await judge([some]);
    expect(said).toMatchObject([{ policy: 'exceptions', level: 'advisory', urn: some.urn }]);
    expect(said[0]?.message).toContain('The reason: It is built here.');
  });

  test('judges what the program says together, not what the cluster has filled in meanwhile', async () => {
    await only({ 'autoscaled-replicas': { level: 'mandatory' } });
    const web = deployment('registry.example.com/web:1.4.2');
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 2 },
    };
    const program = (name: string) => [resourceOf(web, name), resourceOf(autoscaler, name)];
    const [scaled, scaler] = program('seen');
    if (scaled === undefined || scaler === undefined) throw new Error('there are no resources');
    for (const resource of [scaled, scaler]) expect(await runner.analyze(resource)).toEqual([]);
    const live = { ...web, spec: { replicas: 3, template: {} }, status: {} };
    expect(await runner.analyzeStack([{ ...scaled, properties: live }, scaler])).toEqual([]);
    const written = { ...web, spec: { replicas: 3 } };
    expect(await judge([resourceOf(written, 'written'), resourceOf(autoscaler, 'written')])).toMatchObject([
      { policy: 'autoscaled-replicas', level: 'mandatory', urn: resourceOf(web, 'written').urn },
    ]);
  });

  test('tells of an exception that nothing needs, and of none from a rule that is off', async () => {
    const excepted = (rule: string) =>
      resourceOf(deployment('registry.example.com/web:1.4.2', { [`${exceptionPrefix}${rule}`]: 'It is old.' }), rule);
    await only({ 'image-tag': { level: 'mandatory' }, 'stale-exception': { level: 'advisory' } });
    const stale = excepted('image-tag');
    expect(await judge([stale])).toMatchObject([{ policy: 'stale-exception', level: 'advisory', urn: stale.urn }]);
    expect(await judge([excepted('image-digest')])).toEqual([]);
  });

  test('does not judge in a preview what is not known yet, and judges the rest', async () => {
    await only({ 'image-tag': { level: 'mandatory' }, 'image-digest': { level: 'disabled' } });
    const said = await runner.analyze(resourceOf(deployment(unknownText)));
    expect(said).toMatchObject([{ policy: 'image-tag', level: 'advisory' }]);
    expect(said[0]?.message).toContain("can't be known during preview");
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: unknownText } };
    await only(Object.fromEntries(rules.map(({ name }) => [name, { level: 'mandatory' }])));
    expect((await judge([resourceOf(secret)])).filter(({ message }) => message.includes('preview'))).toEqual([]);
  });

  test.each([
    ['a component', { type: 'shop:web:Web', properties: {} }],
    ['a resource of another provider', { type: 'aws:s3/bucket:Bucket', properties: { kind: 'Deployment' } }],
    ['a chart', { type: 'kubernetes:helm.sh/v3:Release', properties: { chart: 'web' } }],
    [
      "a patch of somebody else's object",
      { type: 'kubernetes:apps/v1:DeploymentPatch', properties: deployment('web') },
    ],
    [
      'a list',
      {
        type: 'kubernetes:apps/v1:DeploymentList',
        properties: { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [deployment('web')] },
      },
    ],
  ])('has nothing to say of %s', async (_, { type, properties }) => {
    await only(Object.fromEntries(rules.map(({ name }) => [name, { level: 'mandatory' }])));
    expect(await judge([{ urn: `urn:pulumi:test::shop::${type}::some`, type, properties }])).toEqual([]);
  });
});

describe('the runner, for', () => {
  test.each(fixtures)('$rule, refuses what its fixture refuses and nothing else', async (fixture) => {
    const { rule, beside = [], parameters = {}, stack = 'test', passes, fails } = fixture;
    const others = beside.map((name) => [name, { level: 'mandatory' }] as const);
    await only({ ...Object.fromEntries(others), [rule]: { level: 'mandatory', parameters } });
    const said = async (title: string, objects: readonly KubernetesObject[]) => {
      const all = await judge(objects.map((object, index) => resourceOf(object, `${rule}-${title}-${index}`, stack)));
      return all.filter(({ policy }) => policy === rule).map(({ message }) => message);
    };
    expect(await said('passes', passes)).toEqual([]);
    const [first] = fails;
    if (first === undefined) throw new Error(`the fixture of ${rule} refuses nothing`);
    const found = await said('fails', changed(passes, first.change));
    expect(found).toHaveLength(first.messages.length);
    for (const message of first.messages) {
      const withoutObject = message.slice(message.indexOf(': ') + 2);
      expect(found).toContainEqual(expect.stringContaining(withoutObject));
    }
  });
});
