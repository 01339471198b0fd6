import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { root } from '../processes.ts';

/** What its image has from Debian. */
const prometheusClient = `
REGISTRY = None
class Metric:
    def __init__(self, *_): pass
    def labels(self, *_): return self
    def inc(self): pass
    def observe(self, _): pass
Counter = Histogram = Metric
def generate_latest(): return b"up 1\\n"
`;

/** Its main takes the paths and the port of the image. */
const program = `
import os, qdrant, qdrant_server
from qdrant_snapshots import Snapshots
node = qdrant_server.Node("collections", Snapshots(os.path.abspath("snapshots"), 1))
server = qdrant_server.Server(("127.0.0.1", 0), qdrant.handler(node, qdrant.Keys({"QDRANT__SERVICE__API_KEY": "all"})))
print(server.server_address[1], flush=True)
server.serve_forever()
`;

const folder = mkdtempSync(join(tmpdir(), 'ballast-qdrant-standin-'));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let stop: () => Promise<unknown>;
let port: number;

beforeAll(async () => {
  mkdirSync(join(folder, 'prometheus_client'));
  writeFileSync(join(folder, 'prometheus_client', '__init__.py'), prometheusClient);
  writeFileSync(join(folder, 'prometheus_client', 'core.py'), 'GaugeMetricFamily = None\n');
  const paths = [folder, ...['tools/stack-images/standins', 'test/standins'].map((path) => join(root, path))];
  const env = { ...process.env, PYTHONPATH: paths.join(delimiter), PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(inject('pythonWithQdrantEdge'), ['-c', program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 2],
  });
  stop = () => {
    child.kill();
    return once(child, 'exit');
  };
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  port = Number(line.toString());
});
afterAll(async () => {
  agent.destroy();
  await stop();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, path: string, body: string | undefined, key: string) {
  const asked = request({ port, method, path, agent, headers: { 'api-key': key }, timeout: 5_000 });
  asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer), isReused: asked.reusedSocket };
}

test('a scrape is answered at once, on a connection that is kept', async () => {
  expect(await ask('GET', '/metrics', undefined, 'all')).toEqual({ status: 200, body: 'up 1\n', isReused: false });
  expect(await ask('GET', '/metrics', undefined, 'all')).toEqual({ status: 200, body: 'up 1\n', isReused: true });
});

test('a refusal arrives, however large what is refused', async () => {
  const answer = await ask('PUT', '/collections/a/points', 'x'.repeat(16 * 1024 * 1024), 'none');
  expect(answer).toMatchObject({ status: 401, body: 'Must provide an API key or an Authorization bearer token' });
});
