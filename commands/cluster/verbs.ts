import { existsSync } from 'node:fs';
import type { OneNodeCluster } from '../../tools/one-node-cluster.ts';
import { Failure } from '../failure.ts';
import { formatTable } from '../table.ts';
import type { Choice } from './chosen-cluster.ts';

/** Exit code when the node does not run, as init scripts have it (LSB). */
const notRunning = 3;

/** What `npm run cluster --` does, by the word after it. Only `load` takes more: archives. */
export const verbs = {
  up,
  down: (choice) => announced(choice).down(),
  reset: (choice) => announced(choice).reset(),
  status,
  load,
} as const satisfies Readonly<Record<string, (choice: Choice, further: readonly string[]) => Promise<void>>>;

/** Says which one it is. */
function announced({ cluster, why }: Choice): OneNodeCluster {
  console.log(`The one-node cluster is ${cluster.what}: ${why}.`);
  return cluster;
}

async function up(choice: Choice): Promise<void> {
  const begin = performance.now();
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(1).padStart(6);
  const cluster = announced(choice);
  await cluster.up((step) => console.log(`${seconds()} s  ${step}`));
  console.log(`${seconds()} s  The node is ready: ${cluster.access}`);
}

async function status({ cluster }: Choice): Promise<void> {
  await requireRunning(cluster);
  const parts = await cluster.status();
  const rows = parts.map(({ part, isWell, says }) => [part, isWell ? 'well' : 'not well', says]);
  console.log(formatTable(['PART', 'HEALTH', 'WHAT IT SAYS'], rows));
  if (parts.some(({ isWell }) => !isWell)) throw new Failure('');
}

async function load({ cluster }: Choice, archives: readonly string[]): Promise<void> {
  if (archives.length === 0)
    throw new Failure('npm run cluster -- load takes archives of images, as docker save writes them.');
  const absent = archives.filter((archive) => !existsSync(archive));
  if (absent.length > 0) throw new Failure(`There is no file ${absent.join(', ')}.`);
  await requireRunning(cluster);
  for (const archive of archives) await cluster.load(archive);
}

/** @throws {Failure} when the node does not run, saying how to start it. */
async function requireRunning(cluster: OneNodeCluster): Promise<void> {
  if (await cluster.isRunning()) return;
  throw new Failure('The node does not run: npm run cluster -- up starts it.', notRunning);
}
