import { isTest } from '../../tools/cluster/layout.ts';
import { ownCluster } from '../../tools/cluster/own-cluster.ts';
import { kindCluster } from '../../tools/kind/kind-cluster.ts';
import { whyNoKind } from '../../tools/kind/presence.ts';
import type { OneNodeCluster } from '../../tools/one-node-cluster.ts';
import { Failure } from '../failure.ts';

/** Which of the one-node clusters that this machine may have it is. */
export interface Choice {
  readonly cluster: OneNodeCluster;
  /** As a sentence goes on. */
  readonly why: string;
}

/**
 * Chooses the one-node cluster of this machine: kind's where there is kind with Docker, unless our own node runs already. The
 * tests have a node of our own always.
 *
 * @throws {Failure} where there can be neither, saying what each needs.
 */
export async function chosenCluster(): Promise<Choice> {
  if (isTest) return own('BALLAST_CLUSTER is test');
  if (await ownCluster.isRunning()) return own('it runs already');
  const noKind = await whyNoKind();
  return noKind === undefined ? { cluster: kindCluster(), why: 'kind and Docker are here' } : own(noKind);
}

/** @throws {Failure} where this machine does not let us make one. */
function own(why: string): Choice {
  if (process.platform === 'linux' && process.getuid?.() === 0) return { cluster: ownCluster, why };
  throw new Failure(
    'The one-node cluster needs kind with Docker; without, it needs Linux and root, since it makes namespaces, mounts and ' +
      `interfaces. Here ${why}.`,
  );
}
