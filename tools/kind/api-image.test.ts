import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { sourceHash } from '../stack-images/api-image.ts';
import { kindCluster } from './kind-cluster.ts';

describe('the images of a stack', () => {
  const api = 'ghcr.io/ballast/ballast-api:0.1.0';
  const provide = (images: readonly string[]) => kindCluster().provideImages(images, () => undefined);
  const loads = `kind load docker-image ${api} --name ballast`;

  test('are left to the node, but for that of the API, which is built from this checkout once', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    const byDigest = `ghcr.io/ballast/ballast-api@sha256:${'a'.repeat(64)}`;
    const images = ['docker.io/library/redis:7', byDigest, api, 'registry.example.com/ballast-api:1'];
    expect(await provide(images)).toEqual([api]);
    expect(machine.changes).toEqual([expect.stringMatching(/^docker build .*--network host/), loads]);
    expect(machine.changes[0]).toContain(` --tag ${api} --label ballast.source=${sourceHash()} `);
    expect(await provide([api])).toEqual([]);
    expect(machine.changes).toHaveLength(2);
  });

  test('are built anew where the node and Docker have the API of another checkout', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    for (const file of ['image-label', 'node-label']) machine.write(file, 'other');
    await provide([api]);
    expect(machine.changes).toHaveLength(2);
    expect(machine.read('node-label').trim()).toBe(sourceHash());
  });

  test('are given to a new node without another build', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    machine.write('image-label', sourceHash());
    await provide([api]);
    expect(machine.changes).toEqual([loads]);
  });

  test('are said not to be had with what the build complained of', async () => {
    const machine = new KindMachine({ docker: `[ "$1" = build ] && echo 'no space left' >&2 && exit 1` });
    machine.container = 'running';
    expect(await failureOf(provide([api]))).toMatch(/^The image of the API could not be built: .*no space left/s);
    expect(machine.changes).not.toContain(loads);
  });

  test('are not made for a node that does not run', async () => {
    const machine = new KindMachine();
    machine.container = 'exited';
    expect(await failureOf(provide([api]))).toBe(
      'The kind cluster ballast does not run: npm run cluster -- up starts it.',
    );
    expect(machine.changes).toEqual([]);
  });
});
