import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { contextName, kubeconfig } from '../../tools/cluster/layout.ts';
import { Namespaces } from '../../tools/cluster/namespaces.ts';
import { targetCluster } from './target-cluster.ts';

const target = async (context?: string) => (await targetCluster(context))?.what;
const current = (context: string) => `case "$*" in *current-context) echo ${context}; exit ;; esac`;

beforeEach(() => {
  // Not that of a node of our own, which this machine may have.
  vi.stubEnv('KUBECONFIG', '/some/kubeconfig');
});

test('a stack goes to the kind cluster where that is the current context', async () => {
  new KindMachine();
  expect(await target()).toBe('the kind cluster ballast');
});

test('a stack goes to the context that it names, whatever the current one', async () => {
  new KindMachine();
  expect(await target('prod-eu')).toBeUndefined();
  new KindMachine({ kubectl: current('prod-eu') });
  expect(await target('kind-ballast')).toBe('the kind cluster ballast');
});

test.each(['kind-other', 'kind-ballast-2', 'prod-eu'])(
  'a stack goes elsewhere with the current context %s',
  async (name) => {
    new KindMachine({ kubectl: current(name) });
    expect(await target()).toBeUndefined();
  },
);

test('a stack goes elsewhere where there is no kubeconfig, and where there is no kubectl', async () => {
  const machine = new KindMachine({ kubectl: 'echo error: current-context is not set >&2; exit 1' });
  expect(await target()).toBeUndefined();
  machine.lacks('kubectl');
  expect(await target()).toBeUndefined();
});

test('a stack goes to the node of our own where KUBECONFIG names it, unless the stack names another context', async () => {
  new KindMachine();
  vi.stubEnv('KUBECONFIG', kubeconfig);
  const find = vi.spyOn(Namespaces, 'find').mockReturnValue(Namespaces.prototype);
  onTestFinished(() => find.mockRestore());
  const own = 'a node of its own, in namespaces of this machine';
  expect([await target(), await target(contextName)]).toEqual([own, own]);
  expect([await target('prod-eu'), await target('kind-ballast')]).toEqual([undefined, 'the kind cluster ballast']);
});
