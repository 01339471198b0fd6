import { diffLines } from 'diff';
import type { Comparison, FieldChange } from './compare.ts';
import { impactOf, lossOf } from './impact.ts';
import type { Manifest } from './manifest.ts';

/** Longest value that is shown in full, in characters. */
const shownCharacters = 120;

/** A comparison of two renders as Markdown for people who review: what changes, and what that does. `No changes.` when equal. */
export function comparisonMarkdown({ added, removed, changed }: Comparison, stack: string): string {
  if (added.length + removed.length + changed.length === 0) return 'No changes.\n';
  const lines = [
    `### Stack \`${stack}\`: ${added.length} added, ${changed.length} changed, ${removed.length} removed`,
    '',
  ];
  const judged = changed.map((each) => ({ ...each, impact: impactOf(each.before, each.fields) }));
  const replaced = judged.filter(({ impact }) => impact?.kind === 'replace');
  if (replaced.length > 0) lines.push(`**Replaced:** ${replaced.map(({ after }) => title(after)).join(', ')}`, '');
  for (const { after, fields, impact } of judged) {
    const note = impact === undefined ? '' : ` (**${impact.kind}**: ${impact.reason})`;
    lines.push(`#### Changed: ${title(after)}${note}`, '', '| field | before | after |', '| --- | --- | --- |');
    for (const field of fields) lines.push(row(field));
    lines.push('');
  }
  if (added.length > 0) lines.push('#### Added', '', ...added.map((manifest) => `- ${title(manifest)}`), '');
  if (removed.length > 0) {
    lines.push('#### Removed', '');
    for (const manifest of removed) {
      const loss = lossOf(manifest);
      lines.push(`- ${title(manifest)}${loss === undefined ? '' : ` (**data**: ${loss})`}`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

const title = ({ kind, metadata }: Manifest) => `${kind} \`${metadata.name}\``;

function row({ path, before, after }: FieldChange): string {
  if (typeof before === 'string' && typeof after === 'string' && (before + after).includes('\n')) {
    const parts = diffLines(before, after);
    const side = (wanted: 'added' | 'removed') =>
      parts
        .filter((part) => part[wanted])
        .map(({ value }) => value)
        .join('');
    return `| ${cell(path)} | ${cell(side('removed'))} | ${cell(side('added'))} |`;
  }
  return `| ${cell(path)} | ${cell(before)} | ${cell(after)} |`;
}

/** A value in one table cell, as code: one line, no pipe that ends the cell, no backtick that ends the code. */
function cell(value: unknown): string {
  if (value === undefined || value === '') return '';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim().replaceAll(/\s*\n\s*/g, ' ⏎ ');
  const short = text.length > shownCharacters ? `${text.slice(0, shownCharacters)} …` : text;
  return `\`${short.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
