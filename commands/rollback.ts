import { parseArgs } from 'node:util';
import { requireSameConfiguration } from './delivery/committed-configuration.ts';
import { stackHistory } from './delivery/history.ts';
import { numberOption, stackOption } from './delivery/options.ts';
import { rollBack } from './delivery/roll-back.ts';
import { rollbackPoint, rollbackTarget, type RollbackTarget } from './delivery/rollback-target.ts';
import { Failure, runCommand } from './failure.ts';
import { deployable } from './pulumi-cli.ts';

// npm run rollback -- --stack S [--to VERSION]: updates a stack to what an earlier update ran.
// npm run -s rollback -- --stack S --point: prints the version of the newest good update, to come back to later.
await runCommand(async () => {
  const { values } = parseArgs({
    options: { stack: { type: 'string' }, to: { type: 'string' }, point: { type: 'boolean', default: false } },
  });
  const to = numberOption('to', values.to, 1, Number.MAX_SAFE_INTEGER);
  if (values.point && to !== undefined) throw new Failure('--point and --to exclude each other');
  const stack = deployable(stackOption(values.stack));
  const updates = await stackHistory(stack);
  const target = found(stack, () => (values.point ? rollbackPoint(updates) : rollbackTarget(updates, to)));
  await requireSameConfiguration(stack, target);
  if (values.point) {
    console.log(target.version);
    return;
  }
  announce(stack, target);
  await rollBack(stack, target);
  console.log(
    `\nThe stack ${stack} is back at version ${target.version}. Pulumi.${stack}.yaml here is as it was: the next change ` +
      `goes out by npm run deploy -- --stack ${stack} --digest ${target.delivered.digest ?? 'D'}, which keeps the image.`,
  );
});

function found(stack: string, target: () => RollbackTarget): RollbackTarget {
  try {
    return target();
  } catch (error) {
    throw new Failure(`The stack ${stack} has nothing to go back to: ${(error as Error).message}.`);
  }
}

function announce(stack: string, { version, startTime, message, commit, delivered }: RollbackTarget): void {
  const lines = [
    `The stack ${stack} goes back to version ${version} of ${startTime}${message === '' ? '' : `: ${message}`}`,
    `  commit  ${commit}`,
    `  image   ${delivered.digest ?? 'by its tag'}`,
    '',
    'What runs and how it is configured comes back. What does not: data that was written or deleted since, the tables of a',
    'database that a newer version has changed, and passwords that were rotated since. A credential that was replaced since is',
    'again the older one, as the commit has it.',
    '',
  ];
  console.log(lines.join('\n'));
}
