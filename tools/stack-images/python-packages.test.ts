import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { moveCommands } from './python-packages.ts';

test('commands go where they are looked for, and run with the Python of the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-commands-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [from, to] = [join(folder, 'packages', 'bin'), join(folder, 'usr', 'local', 'bin')];
  moveCommands(from, to);
  expect(existsSync(to)).toBe(false);
  mkdirSync(from, { recursive: true });
  const program = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x0a]);
  writeFileSync(join(from, 'script'), '#!/tmp/environment/bin/python\nimport litellm\n');
  writeFileSync(join(from, 'program'), program);
  for (const name of ['script', 'program']) chmodSync(join(from, name), 0o755);
  moveCommands(from, to);
  expect(readFileSync(join(to, 'script'), 'utf8')).toBe('#!/usr/bin/python3\nimport litellm\n');
  expect(readFileSync(join(to, 'program'))).toEqual(program);
  expect(statSync(join(to, 'script')).mode & 0o111).toBe(0o111);
  expect(existsSync(join(from, 'script'))).toBe(false);
});
