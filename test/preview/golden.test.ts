import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../processes.ts';
import { scenarios } from './scenarios.ts';

const folder = join(import.meta.dirname, 'golden');

// To write them anew after a change that is meant: vitest run --project system test/preview/golden.test.ts --update
describe('the comment on a pull request', () => {
  test('has a golden file for each kind of change, and no other', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(scenarios)
        .map((name) => `${name}.md`)
        .sort(),
    );
  });

  test.each(Object.entries(scenarios))('of %s is what its golden file says', async (name, comment) => {
    const file = join(folder, `${name}.md`);
    const existed = existsSync(file);
    await expect(await comment()).toMatchFileSnapshot(file);
    // A missing one has been written now, for somebody to look at.
    expect(existed).toBe(true);
  });

  test('is shown in the handbook as one of them', () => {
    const page = readFileSync(join(root, 'docs', 'handbook', 'pull-requests.md'), 'utf8');
    const [, quoted = ''] = page.split('<!-- prettier-ignore -->\n');
    const golden = readFileSync(join(folder, 'storage-replaced.md'), 'utf8');
    expect(`<!-- ballast-preview -->\n${quoted.replaceAll(/^> ?/gm, '')}`).toBe(golden);
  });
});
