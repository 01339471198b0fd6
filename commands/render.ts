import { parseArgs } from 'node:util';
import { writeManifests } from '../infra/render/folder.ts';
import { renderStack } from '../infra/render/render.ts';
import { Failure, runCommand } from './failure.ts';
import { root } from './running.js';

// npm run render -- --stack S --out DIR: the whole stack as manifests, one file a resource, secrets as references.
await runCommand(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' }, out: { type: 'string' } } });
  const { stack, out } = values;
  if (stack === undefined || out === undefined) throw new Failure('render needs --stack S and --out DIR');
  try {
    const manifests = await renderStack(root, stack);
    writeManifests(out, manifests);
    console.log(`${manifests.length} manifests of the stack ${stack} are in ${out}.`);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
});
