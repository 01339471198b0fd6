import { lostAvailability } from '../availability.ts';
import type { StackPreview } from '../change.ts';
import { code, fenced, shortened } from '../escape.ts';
import { reveal } from '../secret-token.ts';
import { lostData } from '../stateful.ts';
import { countOf } from './counts.ts';
import { first, type Folding } from './folding.ts';

/** Longest error that is shown, in characters. */
const errorCharacters = 1_500;

/** Failed previews, how many changes there are in each stack, and which of them are dangerous. */
export function topSection(previews: readonly StackPreview[], { top }: Folding): string[] {
  const rows = previews.map(({ stack, changes, failed }) => {
    if (failed === 'render') return `| ${code(stack)} | ? | ? | ? | ? |`;
    const [create, update, replace, remove] = (['create', 'update', 'replace', 'delete'] as const).map((operation) =>
      countOf(changes, operation).toLocaleString('en'),
    );
    return `| ${code(stack)} | ${create} | ${update} | ${replace} | ${remove} |`;
  });
  const imported = previews.map(({ changes }) => countOf(changes, 'import')).reduce((a, b) => a + b, 0);
  const more = rows.length > top ? ['', `And ${(rows.length - top).toLocaleString('en')} more stacks.`] : [];
  return [
    ...unknowns(previews, top),
    ...failures(previews, top),
    '| stack | create | update | replace | delete |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.slice(0, top),
    ...more,
    ...(imported > 0 ? ['', `Taken over as they are: ${imported.toLocaleString('en')} import.`] : []),
    '',
    ...dangers(previews, top),
  ];
}

function unknowns(previews: readonly StackPreview[], top: number): string[] {
  const lines = previews.flatMap(({ stack, failed }) => {
    if (failed === 'render')
      return [
        `- **The stack ${code(stack)} could not be rendered**: what the pull request changes in it is not known.`,
      ];
    return failed === 'pulumi'
      ? [`- **Pulumi's preview of the stack ${code(stack)} failed**: two renders of its program are compared instead.`]
      : [];
  });
  return lines.length === 0 ? [] : [...first(lines, top, 'stacks whose preview failed'), ''];
}

function failures(previews: readonly StackPreview[], top: number): string[] {
  const failed = previews.filter(({ errors }) => errors.length > 0);
  return failed
    .slice(0, top)
    .flatMap(({ stack, errors }) => [
      `**The preview of the stack ${code(stack)} failed**, so that what follows of it is not all:`,
      '',
      ...errors.slice(0, top).flatMap((error) => [fenced(shortened(reveal(error), errorCharacters), 'text'), '']),
      ...(errors.length > top ? [`And ${errors.length - top} more errors.`, ''] : []),
    ]);
}

function dangers(previews: readonly StackPreview[], top: number): string[] {
  const found = previews.flatMap((preview) =>
    [...lostData(preview.changes), ...lostAvailability(preview)].map(
      (sentence) => `- ${code(preview.stack)}: ${reveal(sentence)}`,
    ),
  );
  const partial = previews.filter(({ objects, changes }) => !objects.complete && changes.length > 0);
  const doubt = partial.map(
    ({ stack }) =>
      `The preview of ${code(stack)} was made without \`--show-sames\`: disruption budgets that do not change are not known.`,
  );
  if (found.length === 0) return doubt.length > 0 ? [...doubt.slice(0, top), ''] : [];
  return ['### Dangerous', '', ...first(found, top, 'dangerous changes'), '', ...doubt.slice(0, top), ''];
}
