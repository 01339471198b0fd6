import type { z } from 'zod';
import { dependencies } from '../service/contract/dependencies.ts';
import type { deepHealthResponse, readyResponse, serviceResponse } from '../service/contract/health-schemas.ts';
import { formatTable } from './table.ts';

/** What each dependency is called in the table, and why its substitute stands in. */
const titles: Readonly<Record<keyof typeof dependencies, readonly [string, string]>> = {
  llm: ['Language model', 'LLM_BASE_URL is not set'],
  vector_db: ['Document search', 'QDRANT_URL is not set'],
  embeddings: ['Embeddings', 'TEI_URL is not set'],
  cache: ['Cache', 'REDIS_URL is not set, and no redis-server from the PATH runs'],
};

/** Asks the service what it is made of. @throws when it does not answer within 2 s. */
export async function describeParts(url: string): Promise<string> {
  const [service, ready, deep] = await Promise.all([
    get<z.output<typeof serviceResponse>>(`${url}/`),
    get<z.output<typeof readyResponse>>(`${url}/health/ready`),
    get<z.output<typeof deepHealthResponse>>(`${url}/health/deep`),
  ]);
  const rows = [['API', 'real', ready.status, `${service.service} ${service.version}, Node ${service.node}`, url]];
  for (const [name, [title, why]] of Object.entries(titles)) {
    const part = deep.dependencies[name];
    if (!part) continue;
    const health = part.healthy ? 'healthy' : `unhealthy: ${part.reason ?? 'no reason given'}`;
    const embedded = part.kind === 'embedded';
    const what = embedded ? `${part.detail}; ${why}` : part.detail;
    rows.push([title, embedded ? 'substitute' : 'real', health, what, embedded ? 'in process' : 'over the network']);
  }
  return formatTable(['PART', 'KIND', 'HEALTH', 'WHAT IT IS', 'URL'], rows);
}

/** The body of a JSON answer, whatever its status. */
async function get<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  return (await response.json()) as T;
}
