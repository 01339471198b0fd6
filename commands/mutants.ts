import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import type { Mutant } from './mutants/mutant.ts';
import { runMutants } from './mutants/run-mutants.ts';
import { root } from './running.js';

// npm run test:mutants [-- FILTER...]: takes protections out of a copy of the code, and sees a test fail for each.
await runCommand(async () => {
  const { positionals } = parseArgs({ options: {}, allowPositionals: true });
  // Loaded by its path, as test files are: no code depends on the tests.
  const list = pathToFileURL(join(root, 'test', 'mutants', 'mutants.ts')).href;
  const { mutants: all } = (await import(list)) as { mutants: readonly Mutant[] };
  const mutants = all.filter(
    ({ name }) => positionals.length === 0 || positionals.some((filter) => name.includes(filter)),
  );
  if (mutants.length === 0) {
    throw new Failure(
      `No mutant's name holds ${positionals.join(' or ')}; there are:\n${all.map(({ name }) => name).join('\n')}`,
    );
  }
  if (!(await runMutants({ root, mutants, print: (line) => console.log(line) }))) throw new Failure('');
});
