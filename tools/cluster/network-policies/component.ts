import { join } from 'node:path';
import type { Component } from '../components.ts';
import { kubeconfig } from '../layout.ts';
import type { Namespaces } from '../namespaces.ts';
import { table } from './ruleset.ts';

/** Keeps the packet filter of the node as network policies say. */
export function enforcerComponent(namespaces: Namespaces): Component {
  return {
    name: 'network-policies',
    program: process.execPath,
    args: ['--no-warnings', join(import.meta.dirname, 'enforce.ts'), kubeconfig],
    isReady: async () => (await namespaces.run('nft', 'list', 'tables')).includes(table),
  };
}
