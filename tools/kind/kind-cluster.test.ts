import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { kindCluster } from './kind-cluster.ts';

describe('down', () => {
  test('stops the container of a node that runs', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    await kindCluster().down();
    expect(machine.changes).toEqual(['docker stop ballast-control-plane']);
    expect(await kindCluster().isRunning()).toBe(false);
  });

  test('is safe to repeat, and where there never was a node', async () => {
    const machine = new KindMachine();
    await kindCluster().down();
    machine.container = 'exited';
    await kindCluster().down();
    expect(machine.changes).toEqual([]);
  });

  test('says what Docker complains of', async () => {
    new KindMachine({ docker: `[ "$1" = ps ] && echo 'permission denied' >&2 && exit 1` });
    expect(await failureOf(kindCluster().down())).toMatch(/^docker ps --all .*: permission denied$/);
  });
});

test('reset deletes the cluster of kind', async () => {
  const machine = new KindMachine();
  machine.container = 'exited';
  await kindCluster().reset();
  expect(machine.changes).toEqual(['kind delete cluster --name ballast']);
});

test('load gives the node an archive', async () => {
  const machine = new KindMachine();
  await kindCluster().load('images.tar');
  expect(machine.changes).toEqual(['kind load image-archive images.tar --name ballast']);
});
