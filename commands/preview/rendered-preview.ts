import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StackPreview } from '../../infra/preview/change.ts';
import { previewOfManifests } from '../../infra/preview/from-manifests.ts';
import { baseManifests } from '../../infra/render/base.ts';
import { readManifests } from '../../infra/render/folder.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { renderStack } from '../../infra/render/render.ts';

/** What to compare. */
export interface Sides {
  /** All stacks of the comment: a folder of the base that has none of them is the wrong folder. */
  readonly stacks: readonly string[];
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
 * @throws when a side cannot be read or rendered, or the base is a folder for other stacks.
 */
export async function renderedPreview(
  root: string,
  stack: string,
  { stacks, base, head }: Sides,
): Promise<StackPreview> {
  if (head !== undefined && !isFolder(join(head, stack))) return notRendered(stack);
  const before = isFolder(base) ? ofFolder(base, stack, stacks) : await baseManifests(root, base, stack);
  const after = head === undefined ? await renderStack(root, stack) : readManifests(join(head, stack));
  return previewOfManifests(stack, before, after);
}

function ofFolder(base: string, stack: string, stacks: readonly string[]): readonly Manifest[] {
  if (isFolder(join(base, stack))) return readManifests(join(base, stack));
  if (stacks.some((each) => isFolder(join(base, each)))) return [];
  const allowed = `a folder with one rendered folder for each stack, such as ${join(base, stack)}, where only a new stack has none`;
  throw new Error(
    `--base ${JSON.stringify(base)} has a folder for none of the stacks ${stacks.join(', ')}; allowed is ${allowed}, or a git revision`,
  );
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
