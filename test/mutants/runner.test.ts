import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mutant } from '../../commands/mutants/mutant.ts';
import { runMutants } from '../../commands/mutants/run-mutants.ts';
import { root, run } from '../processes.ts';

const source = `export function admits(age: number): boolean {
  return age >= 18;
}

export function admitsAll(ages: number[]): boolean {
  for (const age of ages) {
    if (!admits(age)) return false;
  }
  return true;
}
`;

const tests = `import { describe, expect, test } from 'vitest';
import { admits, admitsAll } from './door.ts';

test('a child stays outside', () => {
  expect(admits(12)).toBe(false);
});

describe('one child', () => {
  test('keeps all outside', () => {
    expect(admitsAll([40, 12])).toBe(false);
  });
});
`;

let repository: string;
beforeAll(async () => {
  repository = mkdtempSync(join(tmpdir(), 'ballast-door-'));
  mkdirSync(join(repository, 'house'));
  writeFileSync(join(repository, '.gitignore'), 'node_modules\n');
  writeFileSync(join(repository, 'house', 'door.ts'), source);
  writeFileSync(join(repository, 'house', 'door.test.ts'), tests);
  symlinkSync(join(root, 'node_modules'), join(repository, 'node_modules'));
  await run('git', ['init', '--quiet'], { cwd: repository });
});
afterAll(() => rmSync(repository, { recursive: true }));

function mutant(name: string, find: string, replace: string, more: Partial<Mutant> = {}): Mutant {
  const protects = `Nobody notices: ${name}.`;
  return { name, protects, file: 'house/door.ts', find, replace, tests: ['house/door.test.ts'], ...more };
}

async function outputOf(mutants: readonly Mutant[]): Promise<{ ok: boolean; lines: string[] }> {
  const lines: string[] = [];
  const ok = await runMutants({ root: repository, mutants, print: (line) => lines.push(line), patienceMs: 10_000 });
  return { ok, lines };
}

test('each mutant is judged by its own change, and the code is as before', { timeout: 180_000 }, async () => {
  const { ok, lines } = await outputOf([
    mutant('no age', 'age >= 18', 'true'),
    mutant('over the age', 'age >= 18', 'age > 18'),
    mutant('half a line', 'age >= 18;', 'age >='),
    mutant('no such name', 'age >= 18', 'years >= 18'),
    mutant('of an older version', 'age >= 21', 'true'),
    mutant('waits for ever', 'return age >= 18', 'while (age >= 0) {}\n  return true'),
    mutant('admits all', 'return false', 'continue', { testName: 'one child > keeps' }),
    mutant('admits all, by another test', 'return false', 'continue', { testName: 'stays outside' }),
  ]);
  expect(ok).toBe(false);
  expect(lines.slice(1, 9)).toEqual([
    '1/8 killed: no age (a child stays outside)',
    '2/8 survived: over the age',
    expect.stringMatching(/^3\/8 broken: half a line \(cannot be loaded: /),
    '4/8 broken: no such name (ReferenceError: years is not defined)',
    expect.stringMatching(/^5\/8 broken: of an older version \(.* must occur exactly once\)$/),
    '6/8 broken: waits for ever (vitest ended without a report)',
    '7/8 killed: admits all (one child > keeps all outside)',
    '8/8 survived: admits all, by another test',
  ]);
  expect(lines).toContain('- over the age: Nobody notices: over the age. Not noticed by house/door.test.ts');
  expect(lines.at(-1)).toBe('\n2 passed, 6 failed');
  expect(readFileSync(join(repository, 'house', 'door.ts'), 'utf8')).toBe(source);
});

test('all killed is success', { timeout: 60_000 }, async () => {
  const { ok, lines } = await outputOf([mutant('no age', 'age >= 18', 'true')]);
  expect(ok).toBe(true);
  expect(lines.at(-1)).toBe('\n1 passed, 0 failed');
});

test('nothing is mutated while a named test fails anyway', { timeout: 60_000 }, async () => {
  const failing = join(repository, 'house', 'window.test.ts');
  writeFileSync(failing, "import { expect, test } from 'vitest';\ntest('shuts', () => expect(1).toBe(2));\n");
  const { ok, lines } = await outputOf([mutant('no age', 'age >= 18', 'true', { tests: ['house/window.test.ts'] })]);
  rmSync(failing);
  expect(ok).toBe(false);
  expect(lines.slice(1)).toEqual(['fails unmutated: shuts', '0 passed, 1 failed']);
});
