import { parseArgs } from 'node:util';
import { isRuleFile, ruleFiles } from '../alerts/files.ts';
import { namespaceName } from '../infra/settings.ts';
import { Failure, runCommand } from './failure.ts';
import { writeMade } from './made-folder.ts';

// npm run alerts -- --out DIR [--namespace NS]: every rule there is, with its tests, for promtool and for the Prometheus operator.
await runCommand(async () => {
  const options = { out: { type: 'string' }, namespace: { type: 'string' } } as const;
  const { out = '', namespace } = parseArgs({ options }).values;
  if (out === '') throw new Failure('alerts needs --out DIR');
  if (namespace !== undefined && !namespaceName.safeParse(namespace).success) {
    throw new Failure(
      `--namespace must be 1 to 63 of a-z, 0-9 and -, and start and end with a letter or digit; not "${namespace}"`,
    );
  }
  const { files, alerts, recordings } = ruleFiles({ namespace });
  writeMade(out, files, isRuleFile);
  console.log(`${alerts} alerts and ${recordings} recorded series are in ${out}; its tests run with:`);
  console.log(`  promtool test rules ${out}/tests/*.yml`);
  console.log(
    'Load a file target-JOB.yml only where Prometheus scrapes that job: elsewhere AllTargetsDown fires for ever.',
  );
  if (namespace === undefined) {
    console.log(`The objects in ${out}/operator read the series of every namespace: --namespace NS is for one stack.`);
  }
});
