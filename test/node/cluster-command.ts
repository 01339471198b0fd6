import { Kubectl } from '../../commands/kubectl.ts';
import { kubeconfig } from '../../tools/cluster/layout.ts';
import { run, type Ended } from '../processes.ts';

/** Runs `npm run cluster -- ARGS` for the node of the tests. */
export function cluster(...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, ['--no-warnings', 'commands/cluster.ts', ...args]);
}

/** The same, where it must not fail. @throws with what it complained of. */
export async function clusterDoes(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster(...args);
  if (code !== 0)
    throw new Error(`npm run cluster -- ${args.join(' ')} ended with code ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** kubectl as the administrator of the node of the tests. */
export const kubectlOf = (program: string): Kubectl => new Kubectl(program, ['--kubeconfig', kubeconfig]);
