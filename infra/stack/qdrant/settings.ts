import { z } from 'zod';
import { externalLink, type Link } from '../../connection.ts';
import type { SecretReference } from '../../secret.ts';
import { checkExternal, credentialName, external, resources, setting, storage, use } from '../../settings.ts';

const shape = z
  .strictObject({
    use: use(['bundled', 'external', 'off'], 'bundled'),
    ...external,
    credential: setting(
      credentialName.optional(),
      "Credential that holds the existing one's key; none when absent.",
      'qdrantApiKey',
    ),
    replicas: setting(
      z
        .int()
        .min(1)
        .max(9)
        .refine((nodes) => nodes !== 2, { error: '1, or 3 to 9: of two nodes neither is a majority' })
        .default(1),
      'Nodes; several form a cluster.',
      3,
    ),
    replicationFactor: setting(
      z.int().min(1).max(9).optional(),
      'Nodes that hold each passage, for collections that are made from now on; 2 from three nodes on, else 1.',
      2,
    ),
    bootstrapNode: setting(
      z.int().min(0).max(8).default(0),
      'Number of the node through which new ones join. Another than 0 only while node 0 gets a new, empty volume.',
      1,
    ),
    storage: storage('5Gi'),
    snapshots: storage('5Gi'),
    resources: resources('100m', '1', '256Mi', '1Gi'),
  })
  .refine(({ use: how, replicas, replicationFactor = 1 }) => how !== 'bundled' || replicationFactor <= replicas, {
    path: ['replicationFactor'],
    error: 'at most the number of replicas',
  })
  .refine(({ replicas, bootstrapNode }) => bootstrapNode < replicas, {
    path: ['bootstrapNode'],
    error: 'the number of a node, from 0 to one less than replicas',
  });

/** Configuration `ballast:qdrant`. */
export const qdrantSettings = checkExternal(shape, ['https', 'http']);

/** Configuration `ballast:qdrant`, with its defaults. */
export type QdrantSettings = z.output<typeof qdrantSettings>;

/** Ports: https://qdrant.tech/documentation/guides/installation/#networking */
export const qdrantPorts = { http: 6333, grpc: 6334, peer: 6335 } as const;

/** The key for everything. */
export const qdrantKey: SecretReference = { secret: 'qdrant-keys', key: 'api-key' };

/** How to reach Qdrant with its full key; `undefined` when it is off. */
export function qdrantLink(settings: QdrantSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'bundled') {
    // A rotated key reaches the nodes first, which take the one before it too.
    const connection = { to: 'workload', workload: 'qdrant', port: 'http', waits: true } as const;
    return { url: `http://qdrant:${qdrantPorts.http}`, connection, secret: qdrantKey };
  }
  return externalLink(settings, qdrantKey);
}

/** Each node by its own URL, for what is done node by node; none when the stack does not run Qdrant itself. */
export function qdrantNodes({ use: how, replicas }: QdrantSettings): string[] {
  if (how !== 'bundled') return [];
  return Array.from({ length: replicas }, (_, node) => `http://qdrant-${node}.qdrant-peers:${qdrantPorts.http}`);
}

/** Nodes that hold each passage: with two of three, one node may be away and every passage is still found. */
export function qdrantReplicationFactor({ replicas, replicationFactor }: QdrantSettings): number {
  return replicationFactor ?? (replicas >= 3 ? 2 : 1);
}
