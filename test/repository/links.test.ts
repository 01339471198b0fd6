import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, run } from '../processes.ts';

const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']);
const pages = listed.stdout.trim().split('\n');

/** The places in this repository that a page links to. */
function linksOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Names of a page's headings in links, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function leadsNowhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(join(root, file))) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
}

describe('links in the documentation', () => {
  test('are found at all', () => {
    expect(linksOf('README.md')).toContain('docs/handbook/deployment.md');
    expect(pages.length).toBeGreaterThan(40);
  });

  test.each(pages)('of %s lead somewhere', (page) => {
    expect(linksOf(page).filter((target) => leadsNowhere(page, target))).toEqual([]);
  });
});
