import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from '../processes.ts';
import type { Processes } from './api-server-processes.ts';

/** Starts an empty etcd, which keeps what the API server stores, and waits until it is ready. @returns its URL. */
export async function startEtcd(folder: string, processes: Processes): Promise<string> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  processes.start('etcd', inject('etcd'), [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--log-level=warn',
  ]);
  await processes.ready('etcd', async () => (await healthOf(url)) === 'true');
  return url;
}

async function healthOf(url: string): Promise<unknown> {
  const response = await fetch(`${url}/health`).catch(() => undefined);
  return response && ((await response.json()) as { health: unknown }).health;
}
