import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { root, run } from '../processes.ts';
import { newFolder } from './new-folder.ts';
import { workflow, workflows } from './workflow.ts';

const actionlint = (...files: readonly string[]) =>
  run(inject('actionlint'), [
    '-no-color',
    // Neither is installed everywhere; each command of ours is one of our own scripts.
    '-shellcheck=',
    '-pyflakes=',
    // Newer than actionlint 1.7.12: https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues
    '-ignore=unexpected key "queue" for "concurrency" section',
    ...files,
  ]);

const zizmor = (folder: string) =>
  run(inject('zizmor'), ['--offline', '--quiet', '--no-progress', '--color=never', '--strict-collection', folder]);

/** A repository with one workflow, made of one of ours. */
function copied(name: string, change: (text: string) => string): { readonly folder: string; readonly file: string } {
  const folder = newFolder();
  const file = join(folder, '.github/workflows', name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, change(workflow(name).text));
  return { folder, file };
}

describe('actionlint', () => {
  test('finds nothing in the workflows', async () => {
    const paths = workflows.map(({ path }) => path);
    expect(await actionlint(...paths)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('finds an output that no step has', async () => {
    const { file } = copied('image.yml', (text) => text.replace('steps.facts.outputs.tag', 'steps.fact.outputs.tag'));
    const { code, stdout } = await actionlint(file);
    expect(stdout).toContain('property "fact" is not defined');
    expect(code).toBe(1);
  });
});

describe('zizmor', () => {
  test('finds nothing that an attacker could use', async () => {
    const { code, stdout } = await zizmor(join(root, '.github'));
    expect(stdout).toContain('No findings to report');
    expect(code).toBe(0);
  });

  test('finds a title of a pull request in a command', async () => {
    const { folder } = copied('test.yml', (text) =>
      text.replace('stack init dev', 'stack init "${{ github.event.pull_request.title }}"'),
    );
    const { code, stdout } = await zizmor(folder);
    expect(stdout).toContain('template-injection');
    expect(code).not.toBe(0);
  });
});
