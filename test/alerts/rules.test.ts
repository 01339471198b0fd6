import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { isRuleFile, ruleFiles } from '../../alerts/files.ts';
import type { RuleTestFile } from '../../alerts/rule-tests.ts';
import { writeMade } from '../../commands/made-folder.ts';
import { run } from '../processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-alerts-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const written = ruleFiles();
writeMade(folder, written.files, isRuleFile);
const files = (name: string) => readdirSync(join(folder, name)).map((file) => join(folder, name, file));
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

describe('the rules', () => {
  test('are what promtool takes, with nothing to remark', async () => {
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', ...files('rules')];
    const { code, stdout, stderr } = await run(inject('promtool'), args);
    expect(code, stdout + stderr).toBe(0);
    const found = [...stdout.matchAll(/SUCCESS: (\d+) rules found/g)].map(([, count]) => Number(count));
    expect(found.reduce((sum, count) => sum + count, 0)).toBe(written.alerts + written.recordings);
  });

  test('are the same for an operator', () => {
    const specs = files('operator').map((file) => (read(file) as { spec: unknown }).spec);
    expect(specs).toEqual(files('rules').map(read));
  });
});

describe('the tests of the rules', () => {
  test('pass', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await run(inject('promtool'), ['test', 'rules', ...files('tests')]);
    const lines = (stdout + stderr).split('\n').filter((line) => line.trim() !== '' && !line.includes('SUCCESS'));
    expect(lines.join('\n')).toBe('');
    expect(code).toBe(0);
  });

  test('are there for each rule', () => {
    const tests = files('tests').flatMap((file) => (read(file) as RuleTestFile).tests);
    const names = files('rules').flatMap((file) =>
      (read(file) as { groups: { rules: { alert?: string; record?: string }[] }[] }).groups.flatMap(({ rules }) =>
        rules.map(({ alert, record }) => alert ?? record ?? ''),
      ),
    );
    const tested = new Set(tests.map(({ name }) => name.split(/[ {]/)[0]));
    expect(names.filter((name) => !tested.has(name))).toEqual([]);
  });
});
