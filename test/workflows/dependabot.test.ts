import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root, run } from '../processes.ts';

interface Update {
  readonly 'package-ecosystem': string;
  readonly directory?: string;
  readonly directories?: readonly string[];
  readonly cooldown?: { readonly 'default-days': number };
  readonly allow?: readonly { readonly 'dependency-name'?: string; readonly 'dependency-type': string }[];
}

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

const { updates } = parse(textOf('.github/dependabot.yml')) as { updates: readonly Update[] };

/** Paths of the files of a name. */
async function filesOf(pattern: string): Promise<string[]> {
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern, `**/${pattern}`]);
  return listed.stdout.trim().split('\n');
}

/** Folders that hold a file of a name, from the root with a slash before. What stands for another module requires nothing. */
async function foldersWith(pattern: string): Promise<string[]> {
  const files = (await filesOf(pattern)).filter((file) => pattern !== 'go.mod' || /^require /m.test(textOf(file)));
  const folders = files.map(dirname);
  return [...new Set(folders)].map((folder) => (folder === '.' ? '/' : `/${folder}`)).sort();
}

const looksAt = (ecosystem: string) =>
  updates
    .filter((update) => update['package-ecosystem'] === ecosystem)
    .flatMap(({ directory, directories }) => directory ?? directories ?? [])
    .sort();

describe('dependency updates', () => {
  test.each([
    ['npm', 'package-lock.json'],
    ['docker', 'Dockerfile'],
    ['gomod', 'go.mod'],
    ['pip', 'requirements.txt'],
  ])('of %s look at every %s', async (ecosystem, file) => {
    expect(looksAt(ecosystem)).toEqual(await foldersWith(file));
    expect(looksAt(ecosystem)).not.toEqual([]);
  });

  test('of Go look at every module that has a command of ours to build, and at it alone', async () => {
    const built = (await filesOf('go.mod')).flatMap((file) => {
      const text = textOf(file);
      const required = [...text.matchAll(/^\s+(\S+) v\S+/gm)].map(([, module = '']) => module);
      const commands = [...text.matchAll(/^(?:tool |\t)([^\s(]+)$/gm)].map(([, command = '']) => command);
      return commands.map((command) => required.find((module) => `${command}/`.startsWith(`${module}/`)));
    });
    const { allow = [] } = updates.find((update) => update['package-ecosystem'] === 'gomod') ?? {};
    const named = allow.filter((each) => each['dependency-type'] === 'all').map((each) => each['dependency-name']);
    expect(named.toSorted()).toEqual([...new Set(built)].sort());
  });

  test('of actions look at the workflows and at every composite action', async () => {
    expect(looksAt('github-actions')).toEqual(['/', ...(await foldersWith('action.yml'))]);
  });

  test('wait a week', () => {
    expect(updates.filter(({ cooldown }) => cooldown?.['default-days'] !== 7)).toEqual([]);
  });
});
