import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from './failure.ts';
import { generatedFiles } from './generated/files.ts';
import { root } from './running.js';

// npm run generate: writes what is made from the contract. A test fails when one of the files is not what it would write.
await runCommand(async () => {
  parseArgs({ options: {} });
  for (const [path, text] of await generatedFiles()) {
    const file = join(root, path);
    const changed = current(file) !== text;
    if (changed) writeFileSync(file, text);
    console.log(`${changed ? 'written  ' : 'unchanged'} ${path}`);
  }
});

function current(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
