import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dashboardFiles, isDashboardFile } from '../dashboards/files.ts';
import { isRuleFile, ruleFiles } from '../alerts/files.ts';
import { Failure } from './failure.ts';
import { writeMade } from './made-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-made-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const isOwn = (text: string) => text.startsWith('ours');
const write = (...paths: string[]) => writeMade(folder, new Map(paths.map((path) => [path, `ours: ${path}`])), isOwn);
const put = (path: string, text: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const contents = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('a folder that a command makes', () => {
  test('has its files, in folders that it makes', () => {
    const below = join(folder, 'some', 'where');
    writeMade(below, new Map([['rules/a.yml', 'ours']]), isOwn);
    expect(readFileSync(join(below, 'rules', 'a.yml'), 'utf8')).toBe('ours');
  });

  test('loses what was made earlier and is made no more, and nothing else', () => {
    write('rules/a.yml', 'rules/b.yml');
    put('rules/README.md', 'mine');
    put('rules/below/c.yml', 'mine');
    put('elsewhere/d.yml', 'mine');
    put('e.json', 'mine');
    write('rules/b.yml', 'rules/f.yml');
    expect(contents()).toEqual([
      'e.json',
      'elsewhere/d.yml',
      'rules/README.md',
      'rules/b.yml',
      'rules/below/c.yml',
      'rules/f.yml',
    ]);
  });

  test.each(['tests/mine.yml', 'tests/mine.yaml', 'tests/mine.json'])('stays as it is with %s of somebody', (path) => {
    write('rules/a.yml', 'tests/a.yml');
    put(path, 'mine');
    const before = contents();
    const again = () => write('rules/b.yml', 'tests/b.yml');
    expect(again).toThrow(Failure);
    expect(again).toThrow(`${folder} holds what is not ours: ${path}. Give another folder, or remove them.`);
    expect(contents()).toEqual(before);
  });

  test('that cannot be made is told in one sentence', () => {
    put('file', 'mine');
    const into = (path: string) => () => writeMade(join(folder, path), new Map([['rules/a.yml', 'ours']]), isOwn);
    expect(into('file')).toThrow(Failure);
    expect(into('file')).toThrow('ENOTDIR');
    mkdirSync(join(folder, 'rules', 'a.yml'), { recursive: true });
    expect(into('.')).toThrow(Failure);
  });

  test('is written again with all that the commands make', () => {
    for (let time = 0; time < 2; time += 1) {
      writeMade(join(folder, 'alerts'), ruleFiles().files, isRuleFile);
      writeMade(join(folder, 'dashboards'), dashboardFiles().files, isDashboardFile);
    }
    expect(existsSync(join(folder, 'alerts', 'operator', 'qdrant.yml'))).toBe(true);
    expect(existsSync(join(folder, 'dashboards', 'overview.json'))).toBe(true);
  });
});
