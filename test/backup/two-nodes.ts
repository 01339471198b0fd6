import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { FolderStore } from '../../service/backup/folder-store.ts';
import { QdrantNode } from '../../service/backup/qdrant-node.ts';
import { freePort } from '../processes.ts';
import { startQdrant, type QdrantStandin } from '../standins/qdrant.ts';

/** What both nodes want. */
export const apiKey = 'the key';

/** A point as a search finds it. */
export interface Found {
  readonly id: string | number;
  readonly score: number;
  readonly payload: unknown;
}

/**
 * Two nodes that hold the same, as replicas of one shard do, and a folder for backups. The stand-ins know nothing of each
 * other, so that whatever is done node by node shows on each.
 */
export class TwoNodes {
  readonly folder = mkdtempSync(join(tmpdir(), 'ballast-backups-'));
  readonly store = new FolderStore(this.folder);
  readonly standins: readonly QdrantStandin[];
  readonly nodes: readonly QdrantNode[];
  /** Messages of the jobs. */
  readonly messages: string[] = [];
  readonly log = {
    info: (_: unknown, message: string) => void this.messages.push(message),
    warn: (_: unknown, message: string) => void this.messages.push(message),
  } as never;

  private constructor(standins: readonly QdrantStandin[]) {
    this.standins = standins;
    this.nodes = standins.map(({ url }) => new QdrantNode(url, apiKey, { callMs: 10_000, transferMs: 30_000 }));
  }

  static async start(): Promise<TwoNodes> {
    const python = inject('pythonWithQdrantEdge');
    const standins = [11, 22].map(async (peerId) => startQdrant({ python, apiKey, peerId, port: await freePort() }));
    return new TwoNodes(await Promise.all(standins));
  }

  get first(): QdrantStandin {
    return this.#standin(0);
  }

  get second(): QdrantStandin {
    return this.#standin(1);
  }

  /** The variables that jobs get, with whatever else. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const QDRANT_NODES = this.standins.map(({ url }) => url).join(',');
    return { QDRANT_NODES, QDRANT_API_KEY: apiKey, BACKUP_FOLDER: this.folder, BACKUP_KEEP: '3', ...more };
  }

  /** Asks one node; its answer may be an error. */
  async ask(standin: QdrantStandin, method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(standin.url + path, {
      method,
      headers: { 'api-key': apiKey, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return ((await response.json()) as { result?: unknown }).result;
  }

  /** Fills a collection with points of random vectors, the same on both nodes. */
  async fill(collection: string, count: number): Promise<void> {
    const points = Array.from({ length: count }, (_, index) => ({
      id: index % 2 === 0 ? index : crypto.randomUUID(),
      vector: [Math.random() + 0.1, Math.random(), Math.random() - 0.5],
      payload: { tenant: `t${index % 3}`, text: `passage ${index}`, nested: { a: 1, b: [index] } },
    }));
    await this.put(collection, points);
  }

  /** Adds points on both nodes, to a collection of vectors of a size, which is made when it is missing. */
  async put(collection: string, points: readonly unknown[], size = 3): Promise<void> {
    const filled = this.standins.map(async (standin) => {
      await this.ask(standin, 'PUT', `/collections/${collection}`, { vectors: { size, distance: 'Cosine' } });
      const index = { field_name: 'tenant', field_schema: { type: 'keyword', is_tenant: true } };
      await this.ask(standin, 'PUT', `/collections/${collection}/index?wait=true`, index);
      await this.ask(standin, 'PUT', `/collections/${collection}/points?wait=true`, { points });
    });
    await Promise.all(filled);
  }

  /** Loses a collection on both nodes. */
  async lose(collection: string): Promise<void> {
    const path = `/collections/${encodeURIComponent(collection)}`;
    await Promise.all(this.standins.map((standin) => this.ask(standin, 'DELETE', path)));
  }

  /** The nearest points of one tenant, with scores. */
  async search(standin: QdrantStandin, collection: string, query = [0.4, 0.5, 0.1]): Promise<Found[]> {
    const filter = { must: [{ key: 'tenant', match: { value: 't1' } }] };
    const body = { query, filter, limit: 20, with_payload: true };
    const { points } = (await this.ask(standin, 'POST', `/collections/${collection}/points/query`, body)) as {
      points: Found[];
    };
    return points.map(({ id, score, payload }) => ({ id, score, payload }));
  }

  async collections(standin: QdrantStandin): Promise<string[]> {
    const { collections } = (await this.ask(standin, 'GET', '/collections')) as { collections: { name: string }[] };
    return collections.map(({ name }) => name);
  }

  /** Snapshot files on the disks of the nodes. */
  leftOnNodes(): string[] {
    return this.standins.flatMap(({ snapshots }) =>
      readdirSync(snapshots, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.snapshot')),
    );
  }

  /** As after an installation: no faults, no collections, no backups. */
  async reset(): Promise<void> {
    this.messages.length = 0;
    rmSync(this.folder, { recursive: true, force: true });
    await Promise.all(this.standins.map((standin) => standin.clearFaults()));
    const names = await Promise.all(this.standins.map((standin) => this.collections(standin)));
    for (const name of new Set(names.flat())) await this.lose(name);
    for (const { snapshots } of this.standins) {
      for (const name of readdirSync(snapshots)) rmSync(join(snapshots, name), { recursive: true });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
    await Promise.all(this.standins.map((standin) => standin.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #standin(index: number): QdrantStandin {
    const standin = this.standins[index];
    if (standin === undefined) throw new Error('there are two nodes');
    return standin;
  }
}
