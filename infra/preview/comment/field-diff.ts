import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import type { FieldChange } from '../../render/compare.ts';
import { shortened } from '../escape.ts';
import { reveal } from '../secret-token.ts';

/** What Pulumi has in the place of a value that only the update tells. */
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Lines of what was shown already: a comment is folded until it fits, and the differences take most of the time. */
const known = new WeakMap<object, readonly string[]>();

function once(change: object, lines: () => readonly string[]): readonly string[] {
  const found = known.get(change) ?? lines();
  known.set(change, found);
  return found;
}

/** The change of a field as a unified diff under its path. */
export function fieldDiff(field: FieldChange, most: number): string {
  const { path, before, after } = field;
  const isUnknown = before === undefined && after === undefined;
  const lines = once(field, () => (isUnknown ? ['! differs in the cluster'] : changedLines(before, after)));
  return [`@@ ${oneLine(reveal(path))} @@`, ...limited(lines, most)].join('\n');
}

/** A resource that comes, as lines of a diff. */
export const wholeDiff = (resource: object, most: number): string =>
  limited(
    once(resource, () => prefixed('+', shown(resource))),
    most,
  ).join('\n');

/** Names of the fields that change, for where there is no room for more. */
export const fieldName = ({ path }: FieldChange): string => oneLine(reveal(path));

function changedLines(before: unknown, after: unknown): string[] {
  let [old, now] = [shown(before), shown(after)];
  // A number and the same as a text.
  if (old === now && typeof before !== typeof after) [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  if (before === undefined) return prefixed('+', now);
  if (after === undefined) return prefixed('-', old);
  if (reveal(old) === reveal(now) && !old.includes('\n'))
    return [...prefixed('-', old), ...prefixed('+', `${now} (another value)`)];
  // Texts without a line in common take the time of their product.
  const patch = structuredPatch('', '', `${old}\n`, `${now}\n`, '', '', { context: 1, maxEditLength: 4_000 });
  if (patch === undefined) return [...prefixed('-', old), ...prefixed('+', now)];
  return patch.hunks.flatMap(({ lines }, index) => [
    ...(index === 0 ? [] : ['  …']),
    ...lines.map((line) => reveal(line.replace(/^(.)/, '$1 '))),
  ]);
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  if (value === '') return '""';
  if (value === unknown) return '(known after the update)';
  if (typeof value === 'string') return value.replace(/\n$/, '').replaceAll(/\r\n?/g, '\n');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
    .trimEnd()
    .replaceAll(unknown, '(known after the update)');
}

const prefixed = (sign: string, text: string) => text.split('\n').map((line) => `${sign} ${reveal(line)}`);

/** The first lines, and how much is left out. */
function limited(lines: readonly string[], most: number): string[] {
  const whole = lines.reduce((length, line) => length + line.length + 1, 0);
  if (whole <= most) return [...lines];
  const kept: string[] = [];
  let room = most;
  for (const line of lines) {
    if (line.length + 1 > room) {
      if (kept.length === 0) kept.push(shortened(line, room));
      break;
    }
    kept.push(line);
    room -= line.length + 1;
  }
  const length = kept.reduce((characters, line) => characters + line.length + 1, 0);
  return lines.length === kept.length
    ? kept
    : [...kept, `… ${lines.length - kept.length} lines of about ${Math.max(0, whole - length)} characters left out`];
}

const oneLine = (path: string) => shortened(path.replaceAll(/\s+/g, ' '), 300);
