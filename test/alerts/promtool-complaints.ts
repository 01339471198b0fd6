import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../processes.ts';

/** What promtool says to rules that record these queries; nothing when it takes them. */
export async function complaints(queries: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-queries-'));
  try {
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    await writeFile(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'queries', rules }] }));
    const { code, stderr } = await run(inject('promtool'), ['check', 'rules', join(folder, 'rules.yml')]);
    return code === 0 ? '' : stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}
