import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { ownCluster } from '../../tools/cluster/own-cluster.ts';
import { chosenCluster } from './chosen-cluster.ts';

const kindOne = 'the kind cluster ballast';
const ownOne = 'a node of its own, in namespaces of this machine';

/** Which one it is, and why. */
async function choice(): Promise<readonly [string, string]> {
  const { cluster, why } = await chosenCluster();
  return [cluster.what, why];
}

/** Has it be a Linux machine, and who asks be root or not, whatever is the case. */
function asUser(id: number, platform: NodeJS.Platform = 'linux'): void {
  vi.spyOn(process, 'getuid').mockReturnValue(id);
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
}

let runs: boolean;

beforeEach(() => {
  runs = false;
  // This machine may have one.
  vi.spyOn(ownCluster, 'isRunning').mockImplementation(() => Promise.resolve(runs));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the one-node cluster of a machine', () => {
  test.each([
    [0, 'linux'],
    [1000, 'linux'],
    [501, 'darwin'],
  ] as const)('is of kind where there is kind with Docker, for user %d on %s', async (id, platform) => {
    asUser(id, platform);
    new KindMachine();
    expect(await choice()).toEqual([kindOne, 'kind and Docker are here']);
  });

  test('is our own where that runs already', async () => {
    asUser(0);
    new KindMachine();
    runs = true;
    expect(await choice()).toEqual([ownOne, 'it runs already']);
  });

  test.each(['kind', 'docker'])('is our own where there is no %s', async (program) => {
    asUser(0);
    new KindMachine().lacks(program);
    expect(await choice()).toEqual([ownOne, `there is no ${program} on the PATH`]);
  });

  test('is our own where the daemon of Docker refuses, saying so', async () => {
    asUser(0);
    new KindMachine({ docker: `[ "$1" = version ] && echo 'Cannot connect to the Docker daemon.' >&2 && exit 1` });
    expect(await choice()).toEqual([ownOne, 'no daemon of Docker is to be used: Cannot connect to the Docker daemon.']);
  });

  test('is our own where the daemon of Docker is silent', async () => {
    asUser(0);
    new KindMachine({ docker: '[ "$1" = version ] && exec /bin/sleep 60' });
    expect(await choice()).toEqual([ownOne, 'no daemon of Docker is to be used: no answer within 5 s']);
  });

  test.each([
    [1000, 'linux'],
    [501, 'darwin'],
    [0, 'darwin'],
  ] as const)('can be none of our own for user %d on %s, which says what either needs', async (id, platform) => {
    asUser(id, platform);
    new KindMachine().lacks('kind');
    expect(await failureOf(chosenCluster())).toBe(
      'The one-node cluster needs kind with Docker; without, it needs Linux and root, since it makes namespaces, mounts ' +
        'and interfaces. Here there is no kind on the PATH.',
    );
  });
});

test('the one-node cluster of the tests is never of kind', async () => {
  asUser(0);
  const machine = new KindMachine();
  vi.stubEnv('BALLAST_CLUSTER', 'test');
  vi.resetModules();
  const { chosenCluster } = await import('./chosen-cluster.ts');
  const { cluster, why } = await chosenCluster();
  expect([cluster.what, why]).toEqual([ownOne, 'BALLAST_CLUSTER is test']);
  expect(machine.calls).toEqual([]);
});
