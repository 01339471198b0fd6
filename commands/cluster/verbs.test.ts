import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { startReleases } from '../../test/standins/metrics-server-releases.ts';
import { kindCluster } from '../../tools/kind/kind-cluster.ts';
import { Failure } from '../failure.ts';
import { verbs } from './verbs.ts';

const choice = (releases?: string) => ({ cluster: kindCluster(releases), why: 'kind and Docker are here' });

let printed: string[];

beforeEach(() => {
  printed = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  onTestFinished(() => log.mockRestore());
});

test('up says which of the two it is, each step with its time, and how kubectl reaches the node', async () => {
  new KindMachine();
  await verbs.up(choice((await startReleases()).url));
  expect(printed[0]).toBe('The one-node cluster is the kind cluster ballast: kind and Docker are here.');
  expect(printed.slice(1, -1).every((line) => /^ +\d+\.\d s {2}\S/.test(line))).toBe(true);
  expect(printed.at(-1)).toMatch(/ s {2}The node is ready: kubectl config use-context kind-ballast$/);
});

test.each([
  ['down', 'docker stop ballast-control-plane'],
  ['reset', 'kind delete cluster --name ballast'],
] as const)('%s says which of the two it is', async (verb, change) => {
  const machine = new KindMachine();
  machine.container = 'running';
  await verbs[verb](choice());
  expect(printed).toEqual(['The one-node cluster is the kind cluster ballast: kind and Docker are here.']);
  expect(machine.changes).toEqual([change]);
});

describe('status', () => {
  test('prints a table of the parts', async () => {
    new KindMachine().container = 'running';
    await verbs.status(choice());
    expect(printed.join('\n')).toMatch(
      /^PART +HEALTH +WHAT IT SAYS\ncontainer +well +ballast-control-plane runs since /,
    );
    expect(printed.join('\n')).toMatch(/^network-policies +well +kindnet enforces them$/m);
  });

  test('fails with code 1 when a part is not well', async () => {
    const machine = new KindMachine({ kubectl: 'exit 1' });
    machine.container = 'running';
    await expect(verbs.status(choice())).rejects.toMatchObject({ exitCode: 1 });
    expect(printed.join('\n')).toMatch(/^node +not well +/m);
  });
});

describe.each(['status', 'load'] as const)('%s of a node that does not run', (verb) => {
  test.each(['exited', undefined] as const)('fails with code 3 where the container is %s', async (state) => {
    const machine = new KindMachine();
    if (state !== undefined) machine.container = state;
    const error: unknown = await verbs[verb](choice(), [import.meta.filename]).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({
      exitCode: 3,
      message: 'The node does not run: npm run cluster -- up starts it.',
    });
  });
});

describe('load', () => {
  test('gives each archive to a node that runs', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    const archives = [import.meta.filename, import.meta.dirname];
    await verbs.load(choice(), archives);
    expect(machine.changes).toEqual(archives.map((archive) => `kind load image-archive ${archive} --name ballast`));
  });

  test('gives nothing when an archive is not there, or none is named', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    expect(await failureOf(verbs.load(choice(), [import.meta.filename, '/no/such.tar']))).toBe(
      'There is no file /no/such.tar.',
    );
    expect(await failureOf(verbs.load(choice(), []))).toContain('takes archives of images');
    expect(machine.changes).toEqual([]);
  });
});
