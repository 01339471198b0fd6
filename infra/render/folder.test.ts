import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifests, writeManifests } from './folder.ts';
import type { Manifest } from './manifest.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const object = (kind: string, name: string, apiVersion = 'v1', more: object = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'ballast' },
  ...more,
});
const map = object('ConfigMap', 'settings', 'v1', { data: { 'a.yaml': 'a: 1\n', flag: 'yes', empty: '' } });
const service = object('Service', 'api');

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const contents = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

describe('writing manifests', () => {
  it('makes the folder, and a file for each', () => {
    const below = join(folder, 'some', 'where');
    writeManifests(below, [service, map]);
    expect(readdirSync(below)).toEqual(['09-configmap-settings.yaml', '12-service-api.yaml']);
  });

  it('loses nothing: what is read is what was written', () => {
    writeManifests(folder, [service, map]);
    expect(readManifests(folder)).toEqual([map, service]);
  });

  it('leaves the same bytes when it is done again', () => {
    writeManifests(folder, [map, service]);
    const before = contents();
    writeManifests(folder, [service, map]);
    expect(contents()).toEqual(before);
  });

  it('removes what an earlier render wrote and this one does not, and nothing else', () => {
    writeManifests(folder, [map, service]);
    put('README.md', 'mine');
    writeManifests(folder, [map]);
    expect(Object.keys(contents())).toEqual(['09-configmap-settings.yaml', 'README.md']);
  });

  it.each(['mine.yaml', 'mine.yml', 'mine.json'])(
    'writes and removes nothing beside %s, which applying would apply',
    (name) => {
      writeManifests(folder, [map]);
      put(name, '{"kind": "Secret"}\n');
      const before = contents();
      expect(() => writeManifests(folder, [service])).toThrow(
        `${folder} holds files that no render made: ${name}. Give another folder, or remove them.`,
      );
      expect(contents()).toEqual(before);
    },
  );

  it('refuses two objects that would be one file, and writes neither', () => {
    const other = { ...map, metadata: { ...map.metadata, namespace: 'another' } };
    expect(() => writeManifests(folder, [map, other])).toThrow('two manifests have the same kind and name');
    expect(contents()).toEqual({});
  });
});

describe('the note on custom resources', () => {
  const notes = () => contents()['CUSTOM-RESOURCES.md'];

  it('lists each kind that is no part of Kubernetes once, in order', () => {
    writeManifests(folder, [
      object('ServiceMonitor', 'b', 'monitoring.coreos.com/v1'),
      object('ServiceMonitor', 'a', 'monitoring.coreos.com/v1'),
      object('HTTPRoute', 'api', 'gateway.networking.k8s.io/v1'),
      object('ExternalSecret', 'keys', 'external-secrets.io/v1'),
      object('Deployment', 'api', 'apps/v1'),
      object('NetworkPolicy', 'api', 'networking.k8s.io/v1'),
      object('ClusterRole', 'reader', 'rbac.authorization.k8s.io/v1'),
      service,
    ]);
    expect(notes()).toBe(
      'These kinds are no part of Kubernetes. The cluster needs their definitions and controllers first:\n\n' +
        '- ExternalSecret (external-secrets.io/v1)\n' +
        '- HTTPRoute (gateway.networking.k8s.io/v1)\n' +
        '- ServiceMonitor (monitoring.coreos.com/v1)\n',
    );
  });

  it('goes when there are none any more', () => {
    writeManifests(folder, [object('ScaledObject', 'api', 'keda.sh/v1alpha1')]);
    expect(notes()).toContain('ScaledObject');
    writeManifests(folder, [service]);
    expect(existsSync(join(folder, 'CUSTOM-RESOURCES.md'))).toBe(false);
  });
});

describe('reading manifests', () => {
  it('refuses a folder without any, and one that is not there', () => {
    put('notes.txt', 'kind: ConfigMap');
    mkdirSync(join(folder, 'below'));
    for (const path of [folder, join(folder, 'nowhere')]) {
      expect(() => readManifests(path)).toThrow(`${path} holds no rendered manifest`);
    }
  });

  it.each(['99-mine.yaml', 'mine.yml', 'mine.json'])('refuses a folder with %s, which applying would apply', (name) => {
    writeManifests(folder, [map]);
    put(name, '{"kind": "Pod"}\n');
    put('another.yaml', 'kind: Pod\n');
    expect(() => readManifests(folder)).toThrow(
      `${folder} holds files that no render made: ${[name, 'another.yaml'].sort().join(', ')}. Give a folder with nothing but what npm run render wrote, or remove them.`,
    );
  });

  it('takes notes in a folder for what they are', () => {
    writeManifests(folder, [map, object('ScaledObject', 'api', 'keda.sh/v1alpha1')]);
    put('README.md', 'mine');
    expect(readManifests(folder)).toHaveLength(2);
  });
});
