import { parseArgs } from 'node:util';
import { dashboardFiles, isDashboardFile } from '../dashboards/files.ts';
import { Failure, runCommand } from './failure.ts';
import { writeMade } from './made-folder.ts';

// npm run dashboards -- --out DIR: every dashboard there is, as the JSON that Grafana reads.
await runCommand(async () => {
  const { out = '' } = parseArgs({ options: { out: { type: 'string' } } }).values;
  if (out === '') throw new Failure('dashboards needs --out DIR');
  const { files, panels } = dashboardFiles();
  writeMade(out, files, isDashboardFile);
  console.log(`${files.size} dashboards with ${panels} panels are in ${out}`);
});
