import { parseArgs } from 'node:util';
import { deliver } from './delivery/deliver.ts';
import { stackHistory } from './delivery/history.ts';
import { messages } from './delivery/messages.ts';
import { digestOption, stackOption } from './delivery/options.ts';
import { runCommand } from './failure.ts';
import { deployable } from './pulumi-cli.ts';

// npm run deploy -- --stack S --digest D: has the API of a stack run an image, all copies of it; a canary ends.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' }, digest: { type: 'string' } } });
  const digest = digestOption(values.digest);
  const stack = deployable(stackOption(values.stack));
  await deliver(stack, await stackHistory(stack), { digest }, messages.deployment(digest));
});
