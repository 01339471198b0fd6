import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { onPath } from '../../commands/on-path.ts';
import { kubernetes } from '../kubernetes.ts';
import { kubeconfig } from './layout.ts';
import { Namespaces } from './namespaces.ts';

/**
 * Whether commands of this process go to the one-node cluster: it runs, and KUBECONFIG names it or no kubeconfig names another
 * one. They find its kubeconfig then, and a kubectl where there is none on the PATH.
 */
export async function goesToOneNode(): Promise<boolean> {
  const named = process.env['KUBECONFIG'] ?? '';
  const another = named === '' ? existsSync(join(homedir(), '.kube', 'config')) : named !== kubeconfig;
  if (another || Namespaces.find() === undefined) return false;
  process.env['KUBECONFIG'] = kubeconfig;
  if (onPath('kubectl') === undefined) {
    process.env['PATH'] = [process.env['PATH'] ?? '', dirname(await kubernetes('kubectl'))].join(delimiter);
  }
  return true;
}
