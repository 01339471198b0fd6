import { parseArgs } from 'node:util';
import { deliver } from './delivery/deliver.ts';
import { stackHistory } from './delivery/history.ts';
import { lastDelivered } from './delivery/last-delivered.ts';
import { messages } from './delivery/messages.ts';
import { digestOption, numberOption, stackOption } from './delivery/options.ts';
import { Failure, runCommand } from './failure.ts';
import { deployable } from './pulumi-cli.ts';

// npm run canary -- --stack S --digest D [--weight 10]: runs an image beside the API, with a percentage of the requests from
// outside. The API stays on the image that it runs.
await runCommand(async () => {
  const { values } = parseArgs({
    options: { stack: { type: 'string' }, digest: { type: 'string' }, weight: { type: 'string' } },
  });
  const digest = digestOption(values.digest);
  const weight = numberOption('weight', values.weight, 0, 100) ?? 10;
  const stack = deployable(stackOption(values.stack));
  const updates = await stackHistory(stack);
  const stable = lastDelivered(stack, updates);
  if (stable.digest === undefined) {
    throw new Failure(
      `The stack ${stack} runs an image by its tag, which may name another one by now: npm run deploy -- --stack ${stack} ` +
        '--digest D first, with the digest of the image that runs.',
    );
  }
  await deliver(stack, updates, { digest: stable.digest, canary: { digest, weight } }, messages.canary(digest, weight));
});
