import type { OneNodeCluster } from '../one-node-cluster.ts';
import { importImages } from './container-runtime.ts';
import { down, reset } from './down.ts';
import { kubeconfig } from './layout.ts';
import { Namespaces } from './namespaces.ts';
import { provideImages } from './provide-images.ts';
import { statusOfNode } from './status.ts';
import { up } from './up.ts';

/** A node of our own, in namespaces of this machine; it needs Linux and root. */
export const ownCluster: OneNodeCluster = {
  what: 'a node of its own, in namespaces of this machine',
  access: `export KUBECONFIG=${kubeconfig}`,
  isRunning: () => Promise.resolve(Namespaces.find() !== undefined),
  up,
  down,
  reset,
  status: statusOfNode,
  load: importImages,
  provideImages,
};
