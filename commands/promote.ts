import { parseArgs } from 'node:util';
import { deliver } from './delivery/deliver.ts';
import { stackHistory } from './delivery/history.ts';
import { lastDelivered } from './delivery/last-delivered.ts';
import { messages } from './delivery/messages.ts';
import { digestOption, stackOption } from './delivery/options.ts';
import { Failure, runCommand } from './failure.ts';
import { deployable } from './pulumi-cli.ts';

// npm run promote -- --stack S [--digest D]: the image of the canary becomes that of the API, and the canary ends. With a digest only
// when the canary has just that one.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' }, digest: { type: 'string' } } });
  const expected = values.digest === undefined ? undefined : digestOption(values.digest);
  const stack = deployable(stackOption(values.stack));
  const updates = await stackHistory(stack);
  const { canary } = lastDelivered(stack, updates);
  if (canary === undefined) {
    throw new Failure(`The stack ${stack} has no canary: npm run canary -- --stack ${stack} --digest D`);
  }
  if (expected !== undefined && expected !== canary.digest) {
    throw new Failure(`The canary of the stack ${stack} runs ${canary.digest}, and not ${expected}.`);
  }
  await deliver(stack, updates, { digest: canary.digest }, messages.promotion(canary.digest));
});
