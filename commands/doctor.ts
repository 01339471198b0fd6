import { parseArgs } from 'node:util';
import { reportMissing } from './doctor/examine.ts';
import { usualWay } from './doctor/usual-way.ts';
import { Failure, runCommand } from './failure.ts';
import { stackConfig } from './stack-config.ts';

// npm run doctor -- --stack S: what is missing for a stack, before any resource is made; exit 1 when something is.
await runCommand(async () => {
  const { stack } = parseArgs({ options: { stack: { type: 'string' } } }).values;
  if (stack === undefined) throw new Failure('doctor needs --stack S');
  // What is wrong with a configuration is one of the things that are reported.
  const config = await stackConfig(stack).catch(() => undefined);
  await reportMissing(stack, config && (await usualWay(config, stack)));
});
