import { beforeEach, describe, expect, it, vi } from 'vitest';
import { stackSchema } from '../../infra/config.ts';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { writeProgram } from '../../test/write-program.ts';
import { markedNamespace } from '../apply/stack-namespace.ts';
import { usualWay } from './usual-way.ts';

const config = stackSchema.parse({ namespace: 'ballast-dev' });
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ballast-dev' } };

/** A kubectl with a current context, for a cluster that has a namespace of a stack that was applied, or none. */
const kubectl = (context: string, appliedStack?: string) => `case "$*" in
'config current-context') echo ${context}; exit ;;
'get --raw /version') echo '{"gitVersion":"v1.35.0"}'; exit ;;
'get namespace ballast-dev '*)
  ${appliedStack === undefined ? '' : `echo '${JSON.stringify(markedNamespace(namespace, appliedStack))}'`}
  exit ;;
esac`;

/** Whether the stack dev is deployed by Pulumi, on a machine with such a kubectl. */
async function byPulumi(script: string, programs: { readonly hasPulumi: boolean }): Promise<boolean> {
  const machine = new KindMachine({ kubectl: script });
  if (programs.hasPulumi) writeProgram(machine.folder, 'pulumi', '');
  return (await usualWay(config, 'dev')).byPulumi;
}

beforeEach(() => {
  // Not that of a node of our own, which this machine may have.
  vi.stubEnv('KUBECONFIG', '/some/kubeconfig');
});

describe('a stack is deployed', () => {
  it('without Pulumi on a one-node cluster where there is no Pulumi CLI, and else by Pulumi', async () => {
    expect(await byPulumi(kubectl('kind-ballast'), { hasPulumi: false })).toBe(false);
    expect(await byPulumi(kubectl('kind-ballast'), { hasPulumi: true })).toBe(true);
  });

  it('by Pulumi elsewhere, whether there is a Pulumi CLI or not', async () => {
    expect(await byPulumi(kubectl('prod-eu'), { hasPulumi: false })).toBe(true);
    expect(await byPulumi(kubectl('prod-eu'), { hasPulumi: true })).toBe(true);
  });

  it('without Pulumi where this stack was applied before', async () => {
    expect(await byPulumi(kubectl('prod-eu', 'dev'), { hasPulumi: true })).toBe(false);
    expect(await byPulumi(kubectl('prod-eu', 'other'), { hasPulumi: true })).toBe(true);
  });

  it('by Pulumi where the cluster is not reached', async () => {
    expect(await byPulumi('echo error: refused >&2; exit 1', { hasPulumi: true })).toBe(true);
  });
});
