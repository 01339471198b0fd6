import { createHash, randomUUID } from 'node:crypto';
import type { Point, QdrantNode } from './qdrant-node.ts';
import type { Fingerprint } from './snapshot-set.ts';

/** Places at which points are taken, and how many at each. */
const sample = { places: 8, points: 4 };

/** Some points of a collection: its first ones, and those at random places in the order of IDs, which are UUIDs. */
export async function sampleOf(node: QdrantNode, collection: string): Promise<Fingerprint[]> {
  const places = [undefined, ...Array.from({ length: sample.places - 1 }, () => randomUUID())];
  const points = new Map<Point['id'], Point>();
  for (const place of places) {
    for (const point of await node.scroll(collection, sample.points, place)) points.set(point.id, point);
  }
  return [...points.values()].map(fingerprintOf);
}

/** Those of the points that a collection has, and has as they were. */
export async function unchanged(
  node: QdrantNode,
  collection: string,
  fingerprints: readonly Fingerprint[],
): Promise<Fingerprint[]> {
  if (fingerprints.length === 0) return [];
  const ids = fingerprints.map(({ id }) => id);
  const now = new Map((await node.points(collection, ids)).map((point) => [point.id, fingerprintOf(point).sha256]));
  return fingerprints.filter(({ id, sha256 }) => now.get(id) === sha256);
}

/** A point by a hash of its payload and its vectors, whatever the order of their names. */
export function fingerprintOf({ id, payload, vector }: Point): Fingerprint {
  const text = JSON.stringify({ payload, vector }, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return { id, sha256: createHash('sha256').update(text).digest('hex') };
}
