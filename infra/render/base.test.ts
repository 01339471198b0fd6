import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { baseManifests } from './base.ts';
import { writeManifests } from './folder.ts';
import type { Manifest } from './manifest.ts';

/** A repository whose render is a few lines: what matters here is which revision of it runs, and where. */
let repository: string;
/** Where temporary folders are made: other tests leave theirs elsewhere. */
let temporary: string;
const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
const put = (path: string, text: string) => writeFileSync(join(repository, path), text);

function commit(message: string): string {
  git('add', '--all');
  git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

/** Renders one ConfigMap with the stack and this text, and notes where it ran. */
const program = (text: string) => `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import service from 'some-package';
const [, stack, , out] = process.argv.slice(2);
appendFileSync(${JSON.stringify(join(repository, 'node_modules', 'ran'))}, import.meta.dirname + '\\n');
mkdirSync(out);
const manifest = 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: ' + stack + ' }\\ndata: { a: ${text}, b: ' + service + ' }\\n';
writeFileSync(out + '/09-configmap-it.yaml', '# Made by \`npm run render\`.\\n' + manifest);
`;

let revisions: Record<'none' | 'first' | 'broken', string>;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'ballast-base-'));
  temporary = mkdtempSync(join(tmpdir(), 'ballast-base-'));
  vi.stubEnv('TMPDIR', temporary);
  git('init', '--quiet');
  for (const folder of ['commands', 'node_modules/some-package', 'service/node_modules']) {
    mkdirSync(join(repository, folder), { recursive: true });
  }
  put('node_modules/some-package/package.json', '{"type":"module","main":"index.js"}');
  put('node_modules/some-package/index.js', "export default 'installed';");
  put('package.json', '{"type":"module"}');
  put('package-lock.json', '{}');
  put('service/package.json', '{}');
  put('.gitignore', 'node_modules\n');
  const none = commit('Before there is a render');
  put('commands/render.ts', program('first'));
  const first = commit('A render');
  put('commands/render.ts', "console.error('ballast:redis.use is wrong');\nprocess.exit(1);\n");
  const broken = commit('A render that fails');
  put('commands/render.ts', program('working-tree'));
  revisions = { none, first, broken };
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const folder of [repository, temporary]) rmSync(folder, { recursive: true, force: true });
});

const base = (of: string, stack = 'dev') => baseManifests(repository, of, stack);
const configMap = (name: string, a: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { a, b: 'installed' },
});

describe('the base of a diff', () => {
  it('is what is in a folder', async () => {
    const folder = join(repository, 'node_modules', 'rendered');
    writeManifests(folder, [configMap('some', 'x')]);
    expect(await base(folder)).toEqual([configMap('some', 'x')]);
  });

  it("is what a revision's own program renders, with the packages that are installed", async () => {
    expect(await base(revisions.first, 'prod')).toEqual([configMap('prod', 'first')]);
    expect(await base('HEAD~1')).toEqual([configMap('dev', 'first')]);
  });

  it('leaves the working tree alone, and nothing behind', async () => {
    const before = readFileSync(join(repository, 'commands/render.ts'), 'utf8');
    await base(revisions.first);
    await expect(base(revisions.broken)).rejects.toThrow();
    expect(readFileSync(join(repository, 'commands/render.ts'), 'utf8')).toBe(before);
    expect(git('status', '--porcelain')).toBe('M commands/render.ts');
    const ran = readFileSync(join(repository, 'node_modules', 'ran'), 'utf8')
      .trim()
      .split('\n');
    for (const folder of ran) expect(existsSync(folder), folder).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is none that a revision has which cannot render yet, or no more', async () => {
    await expect(base(revisions.none)).rejects.toThrow(
      `${revisions.none} has no render yet: there is nothing to compare with`,
    );
    await expect(base('HEAD')).rejects.toThrow('HEAD cannot render the stack dev: ballast:redis.use is wrong');
  });

  it.each([
    ['an unknown revision', 'no-such-branch'],
    ['nothing', ''],
    ['an option of git', '--help'],
    ['an option with a value', '--output=stolen'],
    ['a revision with an option behind it', 'HEAD --output=stolen'],
    ['two revisions', 'HEAD~1..HEAD'],
    ['a file of a revision', 'HEAD:package.json'],
  ])('is not %s', async (_, name) => {
    await expect(base(name)).rejects.toThrow(
      `--base ${JSON.stringify(name)} is neither a folder nor a git revision of this repository`,
    );
    expect(existsSync(join(repository, 'stolen'))).toBe(false);
  });

  it('is not a file', async () => {
    const file = join(repository, 'package.json');
    await expect(base(file)).rejects.toThrow(`--base ${JSON.stringify(file)} is neither a folder nor a git revision`);
  });
});
