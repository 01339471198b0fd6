import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeProgram } from '../../test/write-program.ts';
import { corednsManifests } from './coredns.ts';
import type { OwnImages } from './own-images.ts';
import { storageManifests } from './storage.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-manifests-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('the manifests of CoreDNS', () => {
  /** What becomes of what kubeadm prints. */
  async function made(printed: string) {
    writeProgram(folder, 'kubeadm', `echo '${printed}'`);
    return corednsManifests(join(folder, 'kubeadm'));
  }

  test('have names of the cluster alone', async () => {
    const [config] = await made('{ kind: ConfigMap, data: { Corefile: "forward . /etc/resolv.conf" } }');
    expect(config?.data?.['Corefile']).toMatch(/^cluster\.local:53 (?!.*forward)/s);
  });

  test('are an error where there is no Corefile', async () => {
    await expect(made('{ kind: ConfigMap, data: {} }')).rejects.toThrow('kubeadm prints no Corefile');
    await expect(made('{ kind: Deployment }')).rejects.toThrow('kubeadm prints no Corefile');
  });
});

describe('the manifests of the storage class', () => {
  const image = (name: string) => ({ name, archive: '' });
  const images = { localPathProvisioner: image('provisioner:1'), busybox: image('busybox:1') } as OwnImages;
  const storageClass = '{ kind: StorageClass, metadata: { name: local-path } }';
  const config = (helper: string) => `{ kind: ConfigMap, data: { helperPod.yaml: "${helper}" } }`;

  /** What becomes of what the project publishes. */
  async function made(...published: readonly string[]) {
    mkdirSync(join(folder, 'deploy'), { recursive: true });
    writeFileSync(join(folder, 'deploy', 'local-path-storage.yaml'), published.join('\n---\n'));
    writeProgram(folder, 'go', `[ "$1" = env ] && { echo go1.26.0; exit; }; echo '${folder}'`);
    vi.stubEnv('PATH', folder);
    return storageManifests(images);
  }

  test('make the class the default one, and volumes by an image of ours', async () => {
    const [madeClass, madeConfig] = await made(storageClass, config('image: busybox'));
    expect(madeClass?.metadata.annotations).toEqual({ 'storageclass.kubernetes.io/is-default-class': 'true' });
    expect(madeConfig?.data?.['helperPod.yaml']).toBe('image: busybox:1');
    expect(madeConfig?.data?.['config.json']).toContain('/volumes"');
  });

  test.each([
    ['no class', [config('image: busybox')]],
    ['no configuration', [storageClass]],
    ['a helper of another image', [storageClass, config('image: alpine')]],
  ])('are an error where there is %s', async (_, published) => {
    await expect(made(...published)).rejects.toThrow('local-path-storage.yaml does not have a StorageClass');
  });
});
