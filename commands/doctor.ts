import { parseArgs } from 'node:util';
import { reportMissing } from './doctor/examine.ts';
import { Failure, runCommand } from './failure.ts';

// npm run doctor -- --stack S: what is missing for a stack, before any resource is made; exit 1 when something is.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' } } });
  if (values.stack === undefined) throw new Failure('doctor needs --stack S');
  await reportMissing(values.stack);
});
