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
}

const { updates } = parse(readFileSync(join(root, '.github/dependabot.yml'), 'utf8')) as { updates: readonly Update[] };

/** Folders that hold a file of a name, from the root with a slash before. */
async function foldersWith(pattern: string): Promise<string[]> {
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern, `**/${pattern}`]);
  const folders = listed.stdout.trim().split('\n').map(dirname);
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

  test('of actions look at the workflows and at every composite action', async () => {
    expect(looksAt('github-actions')).toEqual(['/', ...(await foldersWith('action.yml'))]);
  });

  test('wait a week', () => {
    expect(updates.filter(({ cooldown }) => cooldown?.['default-days'] !== 7)).toEqual([]);
  });
});
