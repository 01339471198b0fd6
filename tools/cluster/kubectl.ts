import { Kubectl } from '../../commands/kubectl.ts';
import { kubernetes } from '../kubernetes.ts';
import { kubeconfig } from './layout.ts';

/** The kubectl of the node's release, as its administrator. */
export const ownKubectl = async () => new Kubectl(await kubernetes('kubectl'), ['--kubeconfig', kubeconfig]);

/** Runs a command of kubectl, and gives what it printed. @throws when it fails, with its messages. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return (await ownKubectl()).run(args);
}

/** Applies manifests on the server's side. @throws with kubectl's messages when one is refused. */
export async function apply(kubectl: Kubectl, manifests: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  await kubectl.run(['apply', '--server-side', '--force-conflicts', '--filename=-'], JSON.stringify(list));
}
