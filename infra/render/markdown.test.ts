import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareManifests } from './compare.ts';
import { fileName, toManifest, toYaml, type Manifest } from './manifest.ts';
import { comparisonMarkdown } from './markdown.ts';

const deployment = (image: string, replicas = 1): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'ballast' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'api' } },
    template: {
      spec: {
        containers: [
          { name: 'api', image },
          { name: 'other', image: 'o:1' },
        ],
      },
    },
  },
});

const configMap = (data: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'litellm-configuration', namespace: 'ballast' },
  data,
});

const diff = (before: Manifest[], after: Manifest[]) => comparisonMarkdown(compareManifests(before, after), 'dev');

describe('the diff of two renders', () => {
  it('says that nothing changed', () => {
    expect(diff([deployment('a:1')], [deployment('a:1')])).toBe('No changes.\n');
  });

  it('finds a container by its name, whatever its place, and says that pods restart', () => {
    const markdown = diff([deployment('a:1')], [deployment('a:2')]);
    expect(markdown).toContain('### Stack `dev`: 0 added, 1 changed, 0 removed');
    expect(markdown).toContain('Deployment `api` (**restart**: its pod template changes)');
    expect(markdown).toContain('| `spec.template.spec.containers[api].image` | `a:1` | `a:2` |');
    expect(markdown.split('\n').filter((line) => line.startsWith('| `'))).toHaveLength(1);
  });

  it('says nothing of restarts when only the number of copies changes', () => {
    expect(diff([deployment('a:1')], [deployment('a:1', 2)])).not.toContain('restart');
  });

  it('warns of a field that Kubernetes does not let change', () => {
    const before = deployment('a:1');
    const after = { ...before, spec: { ...(before['spec'] as object), selector: { matchLabels: { app: 'b' } } } };
    expect(diff([before], [after])).toContain('**Replaced:** Deployment `api`');
  });

  it('warns of a claim that shrinks, and not of one that grows', () => {
    const claim = (storage: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'mlflow-data' },
      spec: { resources: { requests: { storage } } },
    });
    expect(diff([claim('10Gi')], [claim('1024Mi')])).toContain(
      '**replace**: spec.resources.requests.storage cannot shrink',
    );
    expect(diff([claim('1024Mi')], [claim('10Gi')])).not.toContain('replace');
  });

  it('warns of what a StatefulSet cannot change, and of the data that a removal takes', () => {
    const set = (serviceName: string): Manifest => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'qdrant' },
      spec: { serviceName, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } },
    });
    expect(diff([set('a')], [set('b')])).toContain('**replace**: spec.serviceName cannot change in place');
    expect(diff([set('a')], [])).toContain('- StatefulSet `qdrant` (**data**: its volumes go with their data');
  });

  it('warns that a replaced StatefulSet takes its volumes along, unless they are to stay', () => {
    const set = (serviceName: string, whenDeleted: string): Manifest => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'qdrant' },
      spec: { serviceName, persistentVolumeClaimRetentionPolicy: { whenDeleted } },
    });
    const sentence = 'and its volumes with their data go with it';
    expect(diff([set('a', 'Delete')], [set('b', 'Delete')])).toContain(sentence);
    expect(diff([set('a', 'Retain')], [set('b', 'Retain')])).not.toContain(sentence);
  });

  it('looks inside YAML and JSON in a ConfigMap', () => {
    const before = configMap({ 'config.yaml': 'a:\n  b: 1\nlist:\n  - name: x\n    v: 1\n', 'm.json': '{"k":[1,2]}' });
    const after = configMap({ 'config.yaml': 'a:\n  b: 2\nlist:\n  - name: x\n    v: 3\n', 'm.json': '{"k":[1]}' });
    const markdown = diff([before], [after]);
    expect(markdown).toContain('| `data["config.yaml"].a.b` | `1` | `2` |');
    expect(markdown).toContain('| `data["config.yaml"].list[x].v` | `1` | `3` |');
    expect(markdown).toContain('| `data["m.json"].k` | `[1,2]` | `[1]` |');
  });

  it('shows only the lines that differ of other text, in one row of the table', () => {
    const markdown = diff(
      [configMap({ 'redis.conf': 'dir /data\nmaxmemory 1mb\n' })],
      [configMap({ 'redis.conf': 'dir /data\nmaxmemory 2mb\n' })],
    );
    expect(markdown).toContain('| `data["redis.conf"]` | `maxmemory 1mb` | `maxmemory 2mb` |');
  });

  it('tells a change of layout alone from no change', () => {
    expect(diff([configMap({ a: '{"x": 1}' })], [configMap({ a: '{"x":1}' })])).toContain('| `data.a` |');
  });

  it('lists what was added and removed', () => {
    const markdown = diff([deployment('a:1')], [configMap({})]);
    expect(markdown).toContain('#### Added\n\n- ConfigMap `litellm-configuration`');
    expect(markdown).toContain('#### Removed\n\n- Deployment `api`');
  });

  it('keeps a value inside its cell', () => {
    expect(diff([configMap({ a: 'x' })], [configMap({ a: 'y|`z`' })])).toContain("| `data.a` | `x` | `y\\|'z'` |");
  });

  it('finds no change between a manifest and itself, and one between any two that differ', () => {
    const data = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(
      fc.property(data, data, (a, b) => {
        const [before, after] = [configMap({ ...a }), configMap({ ...b })];
        const equal = toYaml(before) === toYaml(after);
        expect(compareManifests([before], [after]).changed.length === 0).toBe(equal);
        expect(compareManifests([before], [before]).changed).toEqual([]);
      }),
    );
  });
});

describe('a rendered manifest', () => {
  it('carries no value of a Secret, but names its keys', () => {
    const secret = toManifest({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'redis-auth' },
      stringData: { password: 'hunter2', 'auth.conf': 'requirepass hunter2' },
    });
    expect(toYaml(secret)).not.toContain('hunter2');
    expect(secret.metadata.annotations).toEqual({ 'ballast.dev/secret-keys': 'auth.conf,password' });
    expect(secret).not.toHaveProperty('stringData');
  });

  it('leaves out what only Pulumi reads', () => {
    const manifest = toManifest({
      kind: 'ConfigMap',
      metadata: { name: 'a', annotations: { 'pulumi.com/skipAwait': 'true' } },
    });
    expect(manifest.metadata).toEqual({ name: 'a' });
  });

  it('is the same text whatever the order of its keys', () => {
    const reversed = Object.fromEntries(Object.entries(deployment('a:1')).toReversed()) as Manifest;
    expect(toYaml(reversed)).toBe(toYaml(deployment('a:1')));
    expect(toYaml(reversed)).toMatch(
      /^# Made by .*\napiVersion: apps\/v1\nkind: Deployment\nmetadata:\n {2}name: api\n/,
    );
  });

  it('has a file name that puts the namespace first and custom resources last', () => {
    const name = (kind: string) => fileName({ apiVersion: 'v1', kind, metadata: { name: 'x' } });
    const kinds = ['HTTPRoute', 'Deployment', 'Secret', 'Namespace', 'ServiceAccount'];
    expect(kinds.map(name).sort()).toEqual([
      '00-namespace-x.yaml',
      '03-serviceaccount-x.yaml',
      '08-secret-x.yaml',
      '13-deployment-x.yaml',
      '20-httproute-x.yaml',
    ]);
  });
});
