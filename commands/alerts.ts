import { parseArgs } from 'node:util';
import { isRuleFile, ruleFiles } from '../alerts/files.ts';
import { Failure, runCommand } from './failure.ts';
import { writeMade } from './made-folder.ts';

// npm run alerts -- --out DIR: every rule there is, with its tests, for promtool and for the Prometheus operator.
await runCommand(async () => {
  const { out = '' } = parseArgs({ options: { out: { type: 'string' } } }).values;
  if (out === '') throw new Failure('alerts needs --out DIR');
  const { files, alerts, recordings } = ruleFiles();
  writeMade(out, files, isRuleFile);
  console.log(`${alerts} alerts and ${recordings} recorded series are in ${out}; its tests run with:`);
  console.log(`  promtool test rules ${out}/tests/*.yml`);
});
