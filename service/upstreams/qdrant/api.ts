import type { Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { attemptWithin } from '../../resilience/attempt.ts';
import { HttpPool } from '../http-pool.ts';
import { UpstreamError } from '../../resilience/upstream-error.ts';
import type { Trace } from '../../telemetry/trace.ts';
import { inDatabaseSpan, type DatabaseCall } from './database-span.ts';

/** Its name in errors, metrics and health checks. */
const upstream = 'vector_db';

/** Connections at most; a search takes a few milliseconds. */
const connections = 32;

/** Bytes of an answer at most: 1,000 points of the longest payload are below 6 MB. */
const maxAnswerBytes = 16_777_216;

const pointId = z.union([z.string(), z.int()]);
const payload = z.record(z.string(), z.unknown());
const answers = {
  collection: z.object({
    config: z.object({ params: z.object({ vectors: z.object({ size: z.int().catch(0) }).default({ size: 0 }) }) }),
  }),
  found: z.object({ points: z.array(z.object({ score: z.number(), payload })) }),
  page: z.object({ points: z.array(z.object({ payload })), next_page_offset: pointId.nullish() }),
  counted: z.object({ count: z.int() }),
  facet: z.object({ hits: z.array(z.object({ value: z.string(), count: z.int() })) }),
  updated: z.object({ status: z.literal('completed') }),
  created: z.literal(true),
};

/** What a point says beside its vector. */
export type Payload = z.output<typeof payload>;

/** Conditions on payloads. */
export type Filter = Schemas['Filter'];

/** A point to store. */
export interface Point {
  /** A UUID. */
  readonly id: string;
  readonly vector: readonly number[];
  readonly payload: Payload;
}

/**
 * Qdrant's REST API (https://api.qdrant.tech), as far as it is used here. Facets need Qdrant 1.12 or newer.
 *
 * Requests are typed by the official client, @qdrant/js-client-rest, and sent by our own pool, for what its source (1.19)
 * shows: its methods take no AbortSignal; what sets its timeout puts a signal of its own in the place of any other; it
 * sends by the built-in fetch; and its errors quote what the server said. Writes wait until they can be found.
 *
 * What is done for a request takes its trace, to be noted there and passed on.
 *
 * Every method throws an {@link UpstreamError} named `vector_db`, or the signal's reason when it aborts.
 */
export class QdrantApi {
  readonly #pool: HttpPool;

  /** @param url `QDRANT_URL`, with its port. */
  constructor(url: string, apiKey: string | undefined) {
    this.#pool = new HttpPool(upstream, url, {
      connections,
      ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
    });
  }

  /** Length of a collection's vectors: `undefined` when there is no such collection, 0 when they have names. */
  async dimension(collection: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { config } = await this.#get(`/collections/${collection}`, answers.collection, signal);
      return config.params.vectors.size;
    } catch (error) {
      if (error instanceof UpstreamError && error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * Makes a collection that compares by cosine. False when there is one already.
   *
   * @param replicas nodes that hold each point. One that has fewer nodes takes it, and has as many as it can.
   */
  async create(collection: string, dimension: number, replicas: number, signal: AbortSignal): Promise<boolean> {
    const vectors = { size: dimension, distance: 'Cosine' } as const;
    const body: Schemas['CreateCollection'] = { vectors, replication_factor: replicas };
    const call = { operation: 'create_collection', collection, signal, trace: undefined };
    try {
      await this.#put(call, '', body, answers.created);
      return true;
    } catch (error) {
      if (error instanceof UpstreamError && error.status === 409) return false;
      throw error;
    }
  }

  /** Indexes a field of the payloads, unless it is. */
  async index(collection: string, field: string, schema: Schemas['PayloadFieldSchema'], signal: AbortSignal) {
    const body: Schemas['CreateFieldIndex'] = { field_name: field, field_schema: schema };
    const call = { operation: 'create_index', collection, signal, trace: undefined };
    await this.#put(call, '/index?wait=true', body, answers.updated);
  }

  /** Stores points, in place of those of the same IDs. */
  async upsert(collection: string, points: readonly Point[], signal: AbortSignal, trace?: Trace): Promise<void> {
    const call = { operation: 'upsert', collection, signal, trace };
    await this.#put(call, '/points?wait=true', { points }, answers.updated);
  }

  /** Removes the points that a filter fits. */
  async remove(collection: string, filter: Filter, signal: AbortSignal, trace?: Trace): Promise<void> {
    const call = { operation: 'delete', collection, signal, trace };
    await this.#post(call, '/points/delete?wait=true', { filter }, answers.updated);
  }

  /** The points nearest to a vector, nearest first. */
  async search(collection: string, query: Schemas['QueryRequest'], signal: AbortSignal, trace?: Trace) {
    const call = { operation: 'query', collection, signal, trace };
    const { points } = await this.#post(call, '/points/query', query, answers.found);
    return points;
  }

  /** A page of the points that a filter fits, in the order of their IDs; `next` is the offset of the page after it. */
  async scroll(collection: string, request: Schemas['ScrollRequest'], signal: AbortSignal, trace?: Trace) {
    const call = { operation: 'scroll', collection, signal, trace };
    const page = await this.#post(call, '/points/scroll', request, answers.page);
    return { payloads: page.points.map((point) => point.payload), next: page.next_page_offset ?? undefined };
  }

  /** Number of the points that a filter fits. */
  async count(collection: string, filter: Filter, signal: AbortSignal, trace?: Trace): Promise<number> {
    const body: Schemas['CountRequest'] = { filter, exact: true };
    const call = { operation: 'count', collection, signal, trace };
    return (await this.#post(call, '/points/count', body, answers.counted)).count;
  }

  /** Number of points for each value of a keyword field, among those that a filter fits. At most 100 values. */
  async facet(
    collection: string,
    key: string,
    filter: Filter,
    signal: AbortSignal,
    trace?: Trace,
  ): Promise<Map<string, number>> {
    const body: Schemas['FacetRequest'] = { key, filter, exact: true, limit: 100 };
    const call = { operation: 'facet', collection, signal, trace };
    const { hits } = await this.#post(call, '/facet', body, answers.facet);
    return new Map(hits.map(({ value, count }) => [value, count]));
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.#pool.get(path, signal);
    return resultOf(await answer.json(maxAnswerBytes), schema);
  }

  #put<T>(call: DatabaseCall, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return inDatabaseSpan(call, this.#pool, async (trace) => {
      const answer = await this.#pool.putJson(`/collections/${call.collection}${path}`, body, call.signal, trace);
      return resultOf(await answer.json(maxAnswerBytes), schema);
    });
  }

  #post<T>(call: DatabaseCall, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return inDatabaseSpan(call, this.#pool, async (trace) => {
      const answer = await this.#pool.postJson(`/collections/${call.collection}${path}`, body, call.signal, trace);
      return resultOf(await answer.json(maxAnswerBytes), schema);
    });
  }
}

/** What an answer's envelope holds. */
function resultOf<T>(body: unknown, schema: z.ZodType<T>): T {
  return shaped((body as { result?: unknown } | null)?.result, schema);
}

/** What Qdrant sent, in the shape that it has to have. @throws {UpstreamError} `malformed` when it has another. */
export function shaped<T>(sent: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(sent);
  if (!result.success) throw new UpstreamError(upstream, 'malformed', 'sent an answer of another shape');
  return result.data;
}

/**
 * Runs calls for which nobody else sets a time.
 *
 * @throws {UpstreamError} `timeout` when they take longer.
 */
export function inTime<T>(milliseconds: number, calls: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const tooLate = () => new UpstreamError(upstream, 'timeout', `no answer within ${milliseconds} ms`);
  return attemptWithin(new AbortController().signal, milliseconds, tooLate, calls);
}
