import { parseArgs } from 'node:util';
import { baseManifests } from '../infra/render/base.ts';
import { compareManifests } from '../infra/render/compare.ts';
import { comparisonMarkdown } from '../infra/render/markdown.ts';
import { renderStack } from '../infra/render/render.ts';
import { Failure, runCommand } from './failure.ts';
import { root } from './running.js';

// npm run diff -- --base DIR_OR_GIT_REF --stack S: what the working tree changes, per resource and field, as Markdown.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' }, base: { type: 'string' } } });
  const { stack, base } = values;
  if (stack === undefined || base === undefined) throw new Failure('diff needs --base DIR_OR_GIT_REF and --stack S');
  try {
    const before = await baseManifests(root, base, stack);
    const manifests = await renderStack(root, stack);
    const comparison = compareManifests(before, manifests);
    process.stdout.write(comparisonMarkdown(comparison, stack));
  } catch (error) {
    throw new Failure((error as Error).message);
  }
});
