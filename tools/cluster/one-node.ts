import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '../../commands/failure.ts';
import { onPath } from '../../commands/on-path.ts';
import { kubernetes } from '../kubernetes.ts';
import { contextName, kubeconfig } from './layout.ts';
import { Namespaces } from './namespaces.ts';

/**
 * Whether commands of this process go to the one-node cluster: it runs, and KUBECONFIG names it or no kubeconfig names another
 * one. They find its kubeconfig then, and a kubectl where there is none on the PATH.
 *
 * @param context Of the kubeconfig, where a stack names one; by default the current one.
 * @throws {Failure} when KUBECONFIG names it and it does not run.
 */
export async function goesToOneNode(context = contextName): Promise<boolean> {
  const named = process.env['KUBECONFIG'] ?? '';
  const another = named === '' ? namesACluster(join(home(), '.kube', 'config')) : named !== kubeconfig;
  if (another || context !== contextName) return false;
  if (Namespaces.find() === undefined) {
    if (named === '') return false;
    throw new Failure('The node does not run: npm run cluster -- up starts it.');
  }
  process.env['KUBECONFIG'] = kubeconfig;
  if (onPath('kubectl') === undefined) {
    process.env['PATH'] = [process.env['PATH'] ?? '', dirname(await kubernetes('kubectl'))].join(delimiter);
  }
  return true;
}

/** As kubectl finds it. */
const home = () => process.env['HOME'] || homedir();

/** Whether a kubeconfig has a current context. */
function namesACluster(path: string): boolean {
  if (!existsSync(path)) return false;
  const config = parse(readFileSync(path, 'utf8')) as { 'current-context'?: string } | null;
  return (config?.['current-context'] ?? '') !== '';
}
