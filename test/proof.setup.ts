import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { page } from './proof/report/page.ts';
import { appliedFile, recordsFolder, reportFile } from './proof/report/records.ts';
import type { ScenarioRecord } from './proof/scenario.ts';

/** Forgets the report of before and what was applied; what is returned writes the new report after the last scenario. */
export function setup(): () => void {
  rmSync(recordsFolder, { recursive: true, force: true });
  for (const file of [reportFile, appliedFile]) rmSync(file, { force: true });
  return () => {
    if (!existsSync(recordsFolder)) return;
    const records = readdirSync(recordsFolder)
      .sort()
      .map((name) => JSON.parse(readFileSync(join(recordsFolder, name), 'utf8')) as ScenarioRecord);
    writeFileSync(reportFile, page(records, { lines }));
    console.log(`The report: ${reportFile}`);
  };
}

const lines = [
  `Made by npm run test:cluster on ${new Date().toISOString().slice(0, 10)}: the stack prod, scaled to one node of two ` +
    'processors, behind a gateway (Traefik). Load, gateway and stack share that machine.',
  'Stand-ins: the providers of models; and, where their images cannot be had, Qdrant (over its own engine), Text ' +
    'Embeddings Inference and Grafana. Network policies are enforced by a small enforcer for tests.',
];
