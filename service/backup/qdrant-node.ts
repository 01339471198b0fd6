import type { Schemas } from '@qdrant/js-client-rest';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { FirstContact } from './first-contact.ts';
import { QdrantTransport } from './qdrant-transport.ts';

/** Milliseconds that calls to a node may take. */
export interface NodeLimits {
  /** A small question. */
  readonly callMs: number;
  /** Making, fetching or restoring a snapshot. */
  readonly transferMs: number;
}

const defaultLimits: NodeLimits = { callMs: 30_000, transferMs: 3_600_000 };

const pointId = z.union([z.string(), z.int()]);
const point = z.object({ id: pointId, payload: z.unknown(), vector: z.unknown() });
const snapshot = z.object({
  name: z.string(),
  /** UTC, without a zone. */
  creation_time: z.string().nullish(),
  size: z.int(),
  checksum: z.string().nullish(),
});
const replica = z.object({ shard_id: z.int(), state: z.string() });
const answers = {
  done: z.literal(true),
  gone: z.boolean(),
  collections: z.object({ collections: z.array(z.object({ name: z.string() })) }),
  count: z.object({ count: z.int() }),
  points: z.array(point),
  page: z.object({ points: z.array(point) }),
  snapshot,
  snapshots: z.array(snapshot),
  cluster: z.object({ status: z.string() }),
  shards: z.object({
    shard_count: z.int(),
    local_shards: z.array(replica),
    remote_shards: z.array(replica),
    shard_transfers: z.array(z.unknown()),
  }),
};

/** A point's ID. */
export type PointId = z.output<typeof pointId>;
/** A stored point with everything that it holds. */
export type Point = z.output<typeof point>;
/** A snapshot on a node's disk. */
export type NodeSnapshot = z.output<typeof snapshot>;
/** Where the shards of a collection are, as one node knows it. */
export type Shards = z.output<typeof answers.shards>;

/**
 * One node of Qdrant, over REST (https://api.qdrant.tech). Snapshots are made and restored node by node
 * (https://qdrant.tech/documentation/concepts/snapshots/).
 *
 * Every method throws a `BackupError` that names the node and, where there is one, the collection.
 */
export class QdrantNode {
  readonly #transport: QdrantTransport;
  readonly #limits: NodeLimits;
  #ask: FirstContact;

  /**
   * @param url with its port.
   * @param firstContact how its first question is asked; as all others by default.
   */
  constructor(
    url: string,
    apiKey: string | undefined,
    limits: NodeLimits = defaultLimits,
    firstContact: FirstContact = (ask) => ask(),
  ) {
    this.#transport = new QdrantTransport(url, apiKey);
    this.#limits = limits;
    this.#ask = firstContact;
  }

  /** `qdrant-0`: the first part of its host name, or the address with its port. */
  get name(): string {
    return this.#transport.name;
  }

  async collections(): Promise<string[]> {
    const { collections } = await this.#call('GET', '/collections', answers.collections);
    return collections.map(({ name }) => name).sort();
  }

  /** Whether it is one of several. */
  async isClustered(): Promise<boolean> {
    return (await this.#call('GET', '/cluster', answers.cluster)).status === 'enabled';
  }

  /** Points of the whole collection, on all nodes; those of a filter, where one is given. */
  async count(collection: string, filter: Schemas['Filter'] = {}): Promise<number> {
    const body = { exact: true, filter };
    return (await this.#call('POST', `${pathOf(collection)}/points/count`, answers.count, body)).count;
  }

  async shards(collection: string): Promise<Shards> {
    return this.#call('GET', `${pathOf(collection)}/cluster`, answers.shards);
  }

  /** The first points in the order of IDs, from one on. */
  async scroll(collection: string, limit: number, from?: PointId): Promise<Point[]> {
    const body = { limit, with_payload: true, with_vector: true, ...(from !== undefined && { offset: from }) };
    return (await this.#call('POST', `${pathOf(collection)}/points/scroll`, answers.page, body)).points;
  }

  /** Those of the points that are there. */
  async points(collection: string, ids: readonly PointId[]): Promise<Point[]> {
    const body = { ids, with_payload: true, with_vector: true };
    return this.#call('POST', `${pathOf(collection)}/points`, answers.points, body);
  }

  async removeCollection(collection: string): Promise<void> {
    await this.#call('DELETE', pathOf(collection), answers.gone);
  }

  /** Makes a snapshot of what this node holds of a collection, on the node's disk. */
  async createSnapshot(collection: string): Promise<NodeSnapshot> {
    const ms = this.#limits.transferMs;
    return this.#call('POST', `${pathOf(collection)}/snapshots`, answers.snapshot, undefined, ms);
  }

  async snapshots(collection: string): Promise<NodeSnapshot[]> {
    return this.#call('GET', `${pathOf(collection)}/snapshots`, answers.snapshots);
  }

  async removeSnapshot(collection: string, name: string): Promise<void> {
    await this.#call('DELETE', `${pathOf(collection)}/snapshots/${encodeURIComponent(name)}`, answers.done);
  }

  /** The file of a snapshot. */
  download(collection: string, name: string): AsyncIterable<Uint8Array> {
    const path = `${pathOf(collection)}/snapshots/${encodeURIComponent(name)}`;
    return this.#transport.content({ method: 'GET', path, ms: this.#limits.transferMs });
  }

  /**
   * Restores what a snapshot holds: as it is there, whatever other replicas have. Makes the collection when it is missing.
   * The node checks the file before it changes anything.
   *
   * @param file its name on the node's disk, where it stays.
   */
  async upload(
    collection: string,
    file: { name: string; bytes: number; sha256: string },
    content: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const boundary = `ballast-${file.sha256}`;
    const head = Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="snapshot"; filename="${file.name}"\r\n` +
        'content-type: application/octet-stream\r\n\r\n',
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    async function* form() {
      yield head;
      yield* content;
      yield tail;
    }
    const path = `${pathOf(collection)}/snapshots/upload?priority=snapshot&checksum=${file.sha256}`;
    const headers = {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + file.bytes + tail.length),
    };
    const body = Readable.from(form());
    await this.#transport.result({ method: 'POST', path, headers, body, ms: this.#limits.transferMs }, answers.done);
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #call<T>(method: Dispatcher.HttpMethod, path: string, schema: z.ZodType<T>, body?: unknown, ms?: number): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const json = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const ask = this.#ask;
    this.#ask = (again) => again();
    return ask(() => this.#transport.result({ method, path, ms: ms ?? this.#limits.callMs, ...json }, schema));
  }
}

const pathOf = (collection: string) => `/collections/${encodeURIComponent(collection)}`;
