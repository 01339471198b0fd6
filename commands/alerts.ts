import { parseArgs } from 'node:util';
import { writeRules } from '../alerts/files.ts';
import { Failure, runCommand } from './failure.ts';

// npm run alerts -- --out DIR: every rule there is, with its tests, for promtool and for the Prometheus operator.
await runCommand(async () => {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined) throw new Failure('alerts needs --out DIR');
  const { alerts, recordings } = writeRules(values.out);
  console.log(`${alerts} alerts and ${recordings} recorded series are in ${values.out}; its tests run with:`);
  console.log(`  promtool test rules ${values.out}/tests/*.yml`);
});
