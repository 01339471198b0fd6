import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StackPreview } from '../../infra/preview/change.ts';
import { previewOfManifests } from '../../infra/preview/from-manifests.ts';
import { baseManifests } from '../../infra/render/base.ts';
import { readManifests } from '../../infra/render/folder.ts';
import { renderStack } from '../../infra/render/render.ts';

/** What to compare. */
export interface Sides {
  /** Folder with one rendered folder for each stack, or a revision of git. */
  readonly base: string;
  /** Folder as for the base; the working tree is rendered when absent. */
  readonly head?: string | undefined;
}

/**
 * The preview of a stack from two renders. A stack without a folder in the base is new: everything in it is created.
 *
 * One without a folder in the head could not be rendered there, which the preview says.
 *
 * @throws when a side cannot be read or rendered.
 */
export async function renderedPreview(root: string, stack: string, { base, head }: Sides): Promise<StackPreview> {
  if (head !== undefined && !isFolder(join(head, stack))) return notRendered(stack);
  const before = isFolder(base)
    ? isFolder(join(base, stack))
      ? readManifests(join(base, stack))
      : []
    : await baseManifests(root, base, stack);
  const after = head === undefined ? await renderStack(root, stack) : readManifests(join(head, stack));
  return previewOfManifests(stack, before, after);
}

const notRendered = (stack: string): StackPreview => ({
  stack,
  source: 'manifests',
  changes: [],
  renamed: [],
  errors: [],
  failed: 'render',
  objects: { before: [], after: [], complete: true },
});

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
