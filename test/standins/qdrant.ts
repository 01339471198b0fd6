import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { pythonWithQdrantEdge } from '../../tools/qdrant-edge.ts';
import type { StandinAnswer } from './answer.ts';
import type { Fault } from './faults.ts';
import { startStandin, type Standin, type StandinRequest } from './standin.ts';

/** How {@link startQdrant} starts. */
export interface QdrantOptions {
  /** A Python that has Qdrant's engine; see tools/qdrant-edge.ts. */
  readonly python: string;
  /** Any free one when absent. */
  readonly port?: number;
  /** Where faults are set while it refuses; any free one when absent. */
  readonly controlPort?: number;
  /** Asked for when given. */
  readonly apiKey?: string;
  /** In the names of its snapshots; 1 when absent. */
  readonly peerId?: number;
}

/** A Qdrant of a test's own. */
export interface QdrantStandin extends Standin<Fault> {
  /** Folder of the snapshots, with one folder for each collection. */
  readonly snapshots: string;
  /** Ends the engine at once (SIGKILL), as a crash does, and starts it again with what it held, or empty. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
}

const program = join(import.meta.dirname, 'qdrant_server.py');

/**
 * Stands in for a Qdrant server: Qdrant's own engine behind its REST API (see qdrant_server.py), and in front of it what
 * makes faults. The caller closes it.
 */
export async function startQdrant({ python, apiKey, peerId = 1, ...ports }: QdrantOptions): Promise<QdrantStandin> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-qdrant-'));
  const storage = join(folder, 'storage');
  const snapshots = join(folder, 'snapshots');
  const key = apiKey === undefined ? [] : ['--api-key', apiKey];
  const folders = ['--storage', storage, '--snapshots', snapshots];
  const start = () => startEngine(python, [program, '--port', '0', ...folders, '--peer-id', String(peerId), ...key]);
  let engine = await start();
  const standin = await startStandin({
    name: 'stand-in for Qdrant over qdrant-edge-py',
    ...ports,
    answer: (request) => engine.answer(request),
  });
  const { close } = standin;
  return Object.assign(standin, {
    snapshots,
    restart: async ({ empty = false } = {}) => {
      await engine.kill();
      if (empty) rmSync(storage, { recursive: true, force: true });
      engine = await start();
    },
    close: async () => {
      await close();
      await engine.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** The process that holds the collections. */
interface Engine {
  answer(request: StandinRequest): Promise<StandinAnswer>;
  kill(): Promise<void>;
}

async function startEngine(python: string, args: readonly string[]): Promise<Engine> {
  // It ends with its standard input, so that it never outlives this process.
  const child = spawn(python, [...args, '--until-stdin-ends'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pool = new Pool(`http://127.0.0.1:${await portOf(child)}`, { connections: 32 });
  return {
    answer: async ({ method, url, headers, raw, signal }) => {
      const { 'api-key': apiKey = '', 'content-type': kind = 'application/json' } = headers;
      const answer = await pool.request({
        method,
        path: url,
        headers: { 'api-key': apiKey, 'content-type': kind },
        body: raw.length === 0 ? null : raw,
        signal,
      });
      const { 'content-type': type, 'content-length': length } = answer.headers;
      const isJson = String(type) === 'application/json';
      return {
        status: answer.statusCode,
        headers: { 'content-type': String(type), ...(!isJson && { 'content-length': String(length) }) },
        body: isJson ? await answer.body.text() : answer.body,
      };
    },
    kill: async () => {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      await pool.destroy();
    },
  };
}

/** The port that it says it listens on. @throws when it ends before; its own words are on standard error. */
async function portOf(child: ChildProcess & { readonly stdout: Readable }): Promise<number> {
  for await (const line of createInterface(child.stdout)) {
    const port = /listening on port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the engine of the stand-in for Qdrant did not start; its messages are above');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, 'control-port': { type: 'string' } } });
  const { url, controlUrl, close } = await startQdrant({
    python: await pythonWithQdrantEdge(),
    port: Number(values.port ?? 0),
    controlPort: Number(values['control-port'] ?? 0),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close());
  console.log(`stand-in for Qdrant on ${url}, faults at ${controlUrl}`);
}
