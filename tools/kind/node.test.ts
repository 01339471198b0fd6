import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import type { Fault } from '../../test/standins/faults.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { release, startReleases } from '../../test/standins/metrics-server-releases.ts';
import type { Standin } from '../../test/standins/standin.ts';
import { kindCluster } from './kind-cluster.ts';

/** Does `up`, and gives its steps. */
async function up(releases: Standin<Fault>): Promise<string[]> {
  const steps: string[] = [];
  await kindCluster(releases.url).up((step) => steps.push(step));
  return steps;
}

const applies = 'kubectl --context kind-ballast apply --server-side --force-conflicts --filename=-';
const awaits = 'kubectl --context kind-ballast -n kube-system rollout status deployment/metrics-server --timeout=120s';
const exportsConfig = 'kind export kubeconfig --name ballast';

describe('up', () => {
  test('makes a node of Kubernetes 1.35 where there is none, with metrics-server', async () => {
    const machine = new KindMachine();
    const steps = await up(await startReleases());
    const image = /--image (kindest\/node:v1\.35\.\d+@sha256:[0-9a-f]{64}) /.exec(machine.changes[0] ?? '')?.[1];
    expect(machine.changes).toEqual([
      `kind create cluster --name ballast --image ${image} --wait 180s`,
      applies,
      awaits,
    ]);
    expect(steps).toEqual([`node by kind, of ${image}`, 'readiness of the node', 'metrics-server']);
  });

  test('starts a node that was stopped, and has kubectl find it', async () => {
    const machine = new KindMachine();
    machine.container = 'exited';
    await up(await startReleases());
    expect(machine.changes).toEqual(['docker start ballast-control-plane', exportsConfig, applies, awaits]);
  });

  test('leaves a node alone that runs, and what it has', async () => {
    const machine = new KindMachine();
    machine.container = 'running';
    machine.write('deployed', `[{"args":["--kubelet-insecure-tls"],"image":"metrics-server:${release}"}]`);
    const releases = await startReleases();
    await up(releases);
    expect(machine.changes).toEqual([exportsConfig, awaits]);
    expect(releases.requests).toBe(0);
  });

  test('does not take what the API server knew of the node before it was stopped for its health', async () => {
    const before = `case "$*" in *'get node '*)
      [ -e asked ] || { echo >asked; echo True 2026-11-22T11:59:59Z; exit; } ;;
    esac`;
    const machine = new KindMachine({ kubectl: before });
    machine.container = 'exited';
    await up(await startReleases());
    expect(machine.calls.filter((call) => call.includes('get node '))).toHaveLength(2);
  });

  test('says of a node that does not get ready where to look', async () => {
    new KindMachine({ kubectl: `case "$*" in *'get node '*) exit 1 ;; esac` });
    const releases = await startReleases();
    vi.spyOn(Date, 'now').mockReturnValueOnce(0);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await failureOf(up(releases))).toBe(
      'The node is not ready after 180 s: kubectl --context kind-ballast describe node ballast-control-plane says why.',
    );
  });

  test('says how to get a kubectl where there is none, before it makes anything', async () => {
    const machine = new KindMachine();
    machine.lacks('kubectl');
    expect(await failureOf(kindCluster().up(() => undefined))).toMatch(
      /^There is no kubectl on the PATH, .*https:\/\/kubernetes\.io/,
    );
    expect(machine.read('calls')).toBe('');
  });

  test.each(['kind v0.30.0 go1.25.1 linux/amd64', 'kind v0.9.0 go1.15.2 linux/amd64'])(
    'makes nothing with %s',
    async (said) => {
      const machine = new KindMachine({ kind: `echo '${said}'; exit` });
      expect(await failureOf(kindCluster().up(() => undefined))).toBe(
        `The kind cluster needs kind 0.31 or newer, and this is ${said}.`,
      );
      expect(machine.calls).toEqual(['kind version']);
    },
  );

  test.each([
    'kind v0.31.0 go1.25.5 linux/amd64',
    'kind v0.34.0-alpha.12+0123456789abcd go1.26 x',
    'kind v1.0.0 go2 x',
  ])('takes %s', async (said) => {
    new KindMachine({ kind: `[ "$1" = version ] && echo '${said}' && exit` });
    expect(await up(await startReleases())).toHaveLength(3);
  });

  test('says what kind complains of', async () => {
    new KindMachine({ kind: `[ "$1" = create ] && echo 'ERROR: failed to pull image' >&2 && exit 1` });
    expect(await failureOf(up(await startReleases()))).toMatch(
      /^kind create cluster .* --wait 180s: ERROR: failed to pull image$/,
    );
  });
});
