import type { ResourceChange } from '../change.ts';
import { code, fenced, htmlCode } from '../escape.ts';
import { reveal } from '../secret-token.ts';
import { fieldDiff, fieldName, wholeDiff } from './field-diff.ts';
import type { Folding } from './folding.ts';

/** Most fields that are named. */
const namedFields = 20;

/** One resource: folded with its fields, or on one line. */
export function resourceLines(change: ResourceChange, folding: Folding, showNamespace: boolean): string[] {
  const body = bodyOf(change, folding);
  if (body === undefined) return [`- ${summary(change, showNamespace, code, '**')}`];
  return [
    '',
    `<details><summary>${summary(change, showNamespace, htmlCode, '')}</summary>`,
    '',
    body,
    '',
    '</details>',
    '',
  ];
}

/** What happens to which resource, and what that does. */
function summary(
  change: ResourceChange,
  showNamespace: boolean,
  quote: (text: string) => string,
  strong: '**' | '',
): string {
  const { operation, kind, name, namespace, consequence } = change;
  const place = showNamespace && namespace !== undefined ? `${namespace}/` : '';
  const title = `${operation} ${quote(reveal(`${kind} ${place}${name}`))}`;
  if (consequence === undefined) return title;
  const [begin, end] = strong === '' ? ['<b>', '</b>'] : [strong, strong];
  const fields = consequence.fields.slice(0, 3).map((field) => quote(reveal(field)));
  const because = [fields.join(', '), consequence.reason].filter((text) => text !== '').join(' ');
  return consequence.kind === operation
    ? `${title}: ${because}`
    : `${title}: ${begin}${consequence.kind}${end}, ${because}`;
}

/** Nothing for a resource that goes: what it was is in the stack's past. */
function bodyOf({ operation, after, fields }: ResourceChange, { detail, value }: Folding): string | undefined {
  const isWhole = operation === 'create' && after !== undefined;
  if (detail === 'fields' && isWhole) return fenced(wholeDiff(after, value), 'diff');
  if (detail === 'fields' && fields.length > 0)
    return fenced(fields.map((field) => fieldDiff(field, value)).join('\n'), 'diff');
  if (detail !== 'names' || fields.length === 0) return undefined;
  const names = fields.slice(0, namedFields).map((field) => code(fieldName(field)));
  const more = fields.length > namedFields ? ` and ${fields.length - namedFields} more` : '';
  return `${names.join(', ')}${more}`;
}
