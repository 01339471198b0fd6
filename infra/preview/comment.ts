import type { StackPreview } from './change.ts';
import { costSection } from './comment/cost.ts';
import { foldings, type Folding } from './comment/folding.ts';
import { policiesSection } from './comment/policies.ts';
import { resourcesSection } from './comment/resources.ts';
import { topSection } from './comment/top.ts';
import { code } from './escape.ts';
import { reveal } from './secret-token.ts';
import type { PolicyResults } from './policy-results.ts';

/** First line of the comment, by which it is found again. */
export const marker = '<!-- ballast-preview -->';

/**
 * Most characters of a comment. GitHub takes 65,536, and says no more of how it counts; the rest is left for line breaks that are
 * counted twice.
 */
export const mostCharacters = 62_000;

/** What a comment tells beside the changes. */
export interface CommentOptions {
  /** By stack; one that is not here is said not to be judged. */
  readonly policies: ReadonlyMap<string, PolicyResults>;
  /** Hash of the commit that it is made for. */
  readonly commit?: string | undefined;
}

/** The one comment on a pull request: what it changes in these stacks, as Markdown that GitHub takes whole. */
export function previewComment(previews: readonly StackPreview[], options: CommentOptions): string {
  for (const folding of foldings) {
    const text = written(previews, options, folding);
    if (text.length <= mostCharacters) return text;
  }
  throw new Error('the preview does not fit a comment even when folded');
}

function written(previews: readonly StackPreview[], { policies, commit }: CommentOptions, folding: Folding): string {
  const stacks = previews.map(({ stack }) => stack);
  const shown = previews.slice(0, folding.top);
  const isUnchanged = previews.every(
    ({ changes, errors, renamed, failed }) =>
      failed === undefined && changes.length + errors.length + renamed.length === 0,
  );
  const lines = [
    marker,
    '## Preview',
    '',
    ...(commit === undefined ? [] : [`Of the commit ${code(commit)}.`, '']),
    ...(isUnchanged ? ['No changes.', ''] : topSection(previews, folding)),
    ...policiesSection(stacks, policies, folding),
    ...(isUnchanged ? [] : shown.flatMap((preview) => costSection(preview, folding))),
    ...(isUnchanged ? [] : shown.flatMap((preview) => resourcesSection(preview, folding))),
    ...(folding.told === '' ? [] : [`**Folded to fit in a comment.** ${folding.told}`, '']),
    ...shown.map(howToSee),
  ];
  return `${reveal(lines.join('\n'))
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function howToSee({ stack, source }: StackPreview): string {
  const [compared, command] =
    source === 'pulumi'
      ? ['with what is deployed', `pulumi preview --stack ${stack} --diff`]
      : ['without a cluster, as two renders of the program', `npm run -s diff -- --base origin/main --stack ${stack}`];
  return `- ${code(stack)} is compared ${compared}. All of it: ${code(command)}`;
}
