import type { Manifest } from '../../render/manifest.ts';
import type { ResourceChange, StackPreview } from '../change.ts';
import { runsCopies } from '../copies.ts';
import { code } from '../escape.ts';
import { reveal } from '../secret-token.ts';
import { countsOf } from './counts.ts';
import { first, type Folding } from './folding.ts';
import { resourceLines } from './resource.ts';

/** Every change of a stack, part by part, and what is only renamed. */
export function resourcesSection(preview: StackPreview, folding: Folding): string[] {
  const { stack, changes, errors, failed } = preview;
  if (failed === 'render') return [];
  const body = changes.length > 0 ? changedParts(changes, folding) : errors.length > 0 ? [] : ['No changes.'];
  return [`### Stack ${code(stack)}`, '', ...body, ...renamedResources(preview, folding), ''];
}

function changedParts(changes: readonly ResourceChange[], folding: Folding): string[] {
  const parts = [...Map.groupBy(changes, ({ part }) => part)].sort(([a], [b]) => (a < b ? -1 : 1));
  if (folding.detail === 'counts') return [`${countsOf(changes)}, in ${number(parts.length)} parts; none is listed.`];
  const heading = ([part, own]: (typeof parts)[number]) =>
    `${code(reveal(part))}${runningIn(part, own)}: ${countsOf(own)}`;
  if (folding.detail === 'parts') return parts.map((part) => `- ${heading(part)}`);
  const namespaces = new Set(changes.flatMap(({ namespace }) => namespace ?? []));
  return parts.flatMap((part) => [
    `#### Part ${heading(part)}`,
    '',
    ...part[1].toSorted(byWeight).flatMap((change) => resourceLines(change, folding, namespaces.size > 1)),
    '',
  ]);
}

/** What runs in a part, where it has another name than the part. */
function runningIn(part: string, changes: readonly ResourceChange[]): string {
  const running = changes.filter(({ kind, after, before }) => {
    const object = (after ?? before) as Partial<Manifest> | undefined;
    return kind === 'CronJob' || (typeof object?.apiVersion === 'string' && runsCopies(object as Manifest));
  });
  const names = [...new Set(running.map(({ name }) => name))].filter((name) => name !== part);
  if (names.length === 0) return '';
  const shown = names.slice(0, 3).map((name) => code(reveal(name)));
  return ` (${shown.join(', ')}${names.length > 3 ? ', …' : ''})`;
}

const weight = ['replace', 'delete', 'update', 'create', 'import'];

/** What asks for a look comes first. */
function byWeight(a: ResourceChange, b: ResourceChange): number {
  const [left, right] = [a, b].map(({ kind, name }) => `${kind} ${name}`) as [string, string];
  return weight.indexOf(a.operation) - weight.indexOf(b.operation) || (left < right ? -1 : 1);
}

function renamedResources({ renamed }: StackPreview, folding: Folding): string[] {
  if (renamed.length === 0) return [];
  const most = folding.detail === 'counts' ? 0 : folding.rows;
  const groups = [
    ['Renamed, no change', renamed.filter(({ changes }) => !changes)],
    ['Renamed and updated', renamed.filter(({ changes }) => changes)],
  ] as const;
  return groups.flatMap(([title, group]) => {
    const lines = group.map(({ kind, from, to }) => `- ${code(`${kind} ${from}`)} → ${code(to)}`);
    return group.length === 0 ? [] : ['', `${title}: ${number(group.length)}`, '', ...first(lines, most, 'renamed')];
  });
}

const number = (count: number) => count.toLocaleString('en');
