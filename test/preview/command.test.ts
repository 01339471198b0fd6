import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeManifests } from '../../infra/render/folder.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { root, run } from '../processes.ts';

const deployment = (replicas: number): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'a' },
  spec: { replicas },
});

describe('npm run preview', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ballast-preview-'));
    writeManifests(join(folder, 'base', 'dev'), [deployment(1)]);
    for (const stack of ['dev', 'new']) writeManifests(join(folder, 'head', stack), [deployment(2)]);
    writeFileSync(
      join(folder, 'prod.json'),
      JSON.stringify({ steps: [], diagnostics: [{ severity: 'error', message: 'error: no cluster' }] }),
    );
    writeFileSync(
      join(folder, 'policies.json'),
      JSON.stringify({ passed: true, rules: 3, objects: 1, violations: [], exceptions: [] }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const preview = (...args: readonly string[]) =>
    run(process.execPath, ['--no-warnings', join(root, 'commands', 'preview.ts'), ...args], { cwd: folder });

  test('prints one comment for several stacks, from folders, files of Pulumi and results of the policies', async () => {
    const sides = ['--base', 'base', '--head', 'head'];
    const { code, stdout, stderr } = await preview(
      '--stack',
      'dev',
      '--stack',
      'new',
      ...sides,
      '--pulumi',
      'prod=prod.json',
      '--policies',
      'dev=policies.json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^<!-- ballast-preview -->\n/);
    expect(stdout).toContain('| `dev` | 0 | 1 | 0 | 0 |\n| `new` | 1 | 0 | 0 | 0 |\n| `prod` | 0 | 0 | 0 | 0 |');
    expect(stdout).toContain('**The preview of the stack `prod` failed**');
    expect(stdout).toContain(
      '`dev`: passed. Violations: 0 mandatory, 0 advisory. Exceptions: 0. Rules: 3. Objects: 1.',
    );
    expect(stdout).toContain('`new`: not judged.');
    expect(stdout).toContain('@@ spec.replicas @@\n- 1\n+ 2\n');
  });

  test('names its commit, and says what could not be previewed', async () => {
    const sides = ['--base', 'base', '--head', 'head', '--commit', 'abcdef0123'];
    const { code, stdout } = await preview('--failed', 'dev', '--stack', 'gone', ...sides);
    expect(code).toBe(0);
    expect(stdout).toContain('Of the commit `abcdef0123`.');
    expect(stdout).toContain("- **Pulumi's preview of the stack `dev` failed**: two renders");
    expect(stdout).toContain('- **The stack `gone` could not be rendered**');
    expect(stdout).toContain('| `gone` | ? | ? | ? | ? |');
    expect(stdout).toContain('@@ spec.replicas @@\n- 1\n+ 2\n');
  });

  test('says what is wrong with its arguments and files', async () => {
    expect(await preview('--pulumi', 'prod')).toMatchObject({
      code: 1,
      stderr: '--pulumi "prod" is not STACK=FILE, such as prod=prod.json\n',
    });
    const notJson = await preview('--stack', 'dev', '--base', 'base', '--head', 'head', '--policies', 'dev=prod.json');
    expect(notJson).toMatchObject({ code: 1, stdout: '' });
    expect(notJson.stderr).toContain('prod.json does not hold what npm run policies -- --json prints');
  });
});
