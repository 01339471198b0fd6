import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from '../components.ts';
import { folder, kubeconfig } from '../layout.ts';

/** Keeps the packet filter of the node as network policies say. */
export function enforcerComponent(): Component {
  const mark = join(folder, 'run', 'network-policies-in-force');
  return {
    name: 'network-policies',
    program: process.execPath,
    args: ['--no-warnings', join(import.meta.dirname, 'enforce.ts'), kubeconfig, mark],
    // The rules themselves may be those of one that has ended.
    isReady: async (startedAt) => statSync(mark).mtimeMs >= startedAt,
  };
}
