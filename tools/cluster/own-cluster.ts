import { Failure } from '../../commands/failure.ts';
import type { OneNodeCluster } from '../one-node-cluster.ts';
import { down, reset } from './down.ts';
import { kubeconfig } from './layout.ts';
import { Namespaces } from './namespaces.ts';
import { loadImages, provideImages } from './provide-images.ts';
import { statusOfNode } from './status.ts';
import { up } from './up.ts';

/** A node of our own, in namespaces of this machine; it needs Linux and root. What it throws is a {@link Failure}. */
export const ownCluster: OneNodeCluster = {
  what: 'a node of its own, in namespaces of this machine',
  access: `export KUBECONFIG=${kubeconfig}`,
  isRunning: () => Promise.resolve(Namespaces.find() !== undefined),
  up: failing(up),
  down: failing(down),
  reset: failing(reset),
  status: failing(statusOfNode),
  load: failing(loadImages),
  provideImages: failing(provideImages),
};

/**
 * The same work, for whom an error is a sentence and no fault of the program: our own, or that of a program which was called, with
 * its command and what it complained of. Errors of other classes are faults, and stay.
 */
function failing<A extends readonly unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) =>
    work(...args).catch((error: unknown) => {
      throw error instanceof Error && error.constructor === Error ? new Failure(error.message.trimEnd()) : error;
    });
}
