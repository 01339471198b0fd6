import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutate } from '../../commands/mutants/mutant.ts';
import { root } from '../processes.ts';
import { mutants } from './mutants.ts';

// `npm run test:mutants` sees them die; this sees at once when code or tests that a mutant names have moved.
describe('the list of mutants', () => {
  test.each(mutants)('fits the code: $name', (mutant) => {
    expect(() => mutate(readFileSync(join(root, mutant.file), 'utf8'), mutant)).not.toThrow();
    expect(mutant.tests).not.toEqual([]);
    expect(mutant.tests.filter((test) => !existsSync(join(root, test)))).toEqual([]);
  });

  test('calls each by another name', () => {
    const names = mutants.map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
  });
});
