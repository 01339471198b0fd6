import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import type { Fault } from '../../test/standins/faults.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { release, releasePath, startReleases } from '../../test/standins/metrics-server-releases.ts';
import type { Standin } from '../../test/standins/standin.ts';
import { withInsecureKubelet } from '../cluster/metrics-server.ts';
import { installMetricsServer } from './metrics-server.ts';

const install = (releases: Standin<Fault>) => installMetricsServer(releases.url);

const applies = 'kubectl --context kind-ballast apply --server-side --force-conflicts --filename=-';

describe('metrics-server', () => {
  test.each([
    ['one of another release', '[{"args":["--kubelet-insecure-tls"],"image":"metrics-server:v0.0.1"}]'],
    ['one that trusts no kubelet', `[{"args":[],"image":"metrics-server:${release}"}]`],
  ])('is installed in place of %s', async (_, deployed) => {
    const machine = new KindMachine();
    machine.container = 'running';
    machine.write('deployed', deployed);
    await install(await startReleases());
    expect(machine.changes).toContain(applies);
  });

  test('trusts the certificate that the kubelet made itself', async () => {
    const machine = new KindMachine();
    await install(await startReleases());
    const { items } = JSON.parse(machine.read('applied')) as { items: object[] };
    expect(items).toMatchObject([
      { kind: 'ServiceAccount' },
      { spec: { template: { spec: { containers: [{ args: ['--secure-port=10250', '--kubelet-insecure-tls'] }] } } } },
    ]);
  });
});

test('a metrics-server that takes no arguments is an error', () => {
  const deployment = { kind: 'Deployment', metadata: { name: 'metrics-server' } };
  const containers = [{ image: 'metrics-server:1' }];
  expect(() => withInsecureKubelet([{ ...deployment, spec: { template: { spec: { containers } } } }])).toThrow(
    'metrics-server has no container with arguments in its manifests.',
  );
});

describe('a manifest that is not had', () => {
  /** What is said when the releases have a fault, with URL for that of the manifest. */
  async function sentence(fault: Fault): Promise<string> {
    const machine = new KindMachine();
    const releases = await startReleases();
    await releases.setFault(fault);
    const said = await failureOf(install(releases));
    expect(machine.changes).not.toContain(applies);
    return said.replace(`${releases.url}${releasePath}`, 'URL');
  }
  const before = 'The node runs without metrics-server, and npm run cluster -- up tries again: URL is not had: ';

  test('is said not to be there', async () => {
    expect(await sentence({ kind: 'status', status: 404 })).toBe(`${before}status 404`);
  });

  test('is said to be on a server that refuses', async () => {
    expect(await sentence({ kind: 'refuse' })).toMatch(new RegExp(`^${before}connect ECONNREFUSED`));
  });

  test('is said not to have come in time', async () => {
    const soon = AbortSignal.timeout(300);
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(soon);
    onTestFinished(() => timeout.mockRestore());
    expect(await sentence({ kind: 'hang_body' })).toBe(`${before}The operation was aborted due to timeout`);
    expect(timeout).toHaveBeenCalledExactlyOnceWith(30_000);
  });

  test('is not taken for something else', async () => {
    const machine = new KindMachine();
    const releases = await startReleases('<html><body>Please sign in.</body></html>');
    expect(await failureOf(install(releases))).toContain(`there is no Deployment in ${releases.url}${releasePath}`);
    expect(machine.changes).not.toContain(applies);
  });
});
