import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeManifests } from '../../infra/render/folder.ts';
import { renderedPreview } from './rendered-preview.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-preview-'));
  for (const stack of ['base/dev', 'head/dev', 'head/new'])
    writeManifests(join(folder, stack), [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const preview = (stack: string, stacks: readonly string[], base = join(folder, 'base')) =>
  renderedPreview(folder, stack, { stacks, base, head: join(folder, 'head') });

describe('the preview of a stack that the base has no folder for', () => {
  it('creates everything, where the base has another of the stacks', async () => {
    expect(await preview('new', ['dev', 'new'])).toMatchObject({ changes: [{ operation: 'create' }] });
  });

  it('is refused where the base has none of the stacks, since it is the wrong folder', async () => {
    for (const base of [folder, join(folder, 'base/dev')])
      await expect(preview('dev', ['dev', 'new'], base)).rejects.toThrow(
        `--base ${JSON.stringify(base)} has a folder for none of the stacks dev, new; allowed is a folder with one rendered ` +
          `folder for each stack, such as ${join(base, 'dev')}, where only a new stack has none, or a git revision`,
      );
  });

  it('asks nothing of the base where the stack could not be rendered', async () => {
    expect(await preview('gone', ['gone'])).toMatchObject({ failed: 'render' });
  });
});
