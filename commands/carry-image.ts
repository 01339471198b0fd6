import { parseArgs } from 'node:util';
import { configure } from './delivery/configure.ts';
import { stackHistory } from './delivery/history.ts';
import { lastDelivered } from './delivery/last-delivered.ts';
import { stackOption } from './delivery/options.ts';
import { runCommand } from './failure.ts';
import { deployable } from './pulumi-cli.ts';
import { root } from './running.js';

// npm run carry-image -- --stack S: sets in the stack's file the image and the canary that the last update delivered, so that a
// preview of a fresh checkout does not show them going away.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' } } });
  const stack = deployable(stackOption(values.stack));
  const delivered = lastDelivered(stack, await stackHistory(stack));
  await configure(root, stack, delivered);
  const { digest, canary } = delivered;
  const beside = canary === undefined ? '' : `, beside it the canary ${canary.digest} for ${canary.weight} %`;
  console.log(`Pulumi.${stack}.yaml names what runs: ${digest ?? 'the image by its tag'}${beside}.`);
});
