import type { StackPreview } from '../change.ts';
import { costOf, shown, type CostRow } from '../cost.ts';
import { code } from '../escape.ts';
import type { RetainedClaims } from '../retained-claims.ts';
import { reveal } from '../secret-token.ts';
import { first, type Folding } from './folding.ts';

/** Copies, resources and volumes of a stack that change; nothing where none does. */
export function costSection({ stack, objects }: StackPreview, { rows: most }: Folding): string[] {
  const { rows, scheduled, totals, retained } = costOf(objects);
  if (rows.length + scheduled.length + totals.length + retained.length === 0) return [];
  const left = rows.length + scheduled.length - most;
  return [
    `### Cost of ${code(stack)}`,
    '',
    ...table(rows.slice(0, most), 'each copy'),
    ...table(totals, 'all copies, at the fewest'),
    ...table(scheduled.slice(0, Math.max(0, most - rows.length)), 'on a schedule, each run'),
    ...(left > 0 ? [`And ${left.toLocaleString('en')} more changes of copies, resources and volumes.`, ''] : []),
    ...(retained.length > 0 ? [...first(retained.map(retainedLine), most, 'kinds of volumes that stay'), ''] : []),
  ];
}

function retainedLine({ workload, volume, count, size, kind }: RetainedClaims): string {
  const name = code(reveal(`${workload.kind} ${workload.metadata.name}`));
  const what = `- ${name}: volumes ${code(reveal(volume))} (${count} × ${shown('storage', size)})`;
  return kind === 'left'
    ? `${what} stay until somebody deletes their claims, and cost as before`
    : `${what} keep their size: the new StatefulSet takes over their claims`;
}

function table(rows: readonly CostRow[], title: string): string[] {
  if (rows.length === 0) return [];
  return [`| ${title} | | before | after |`, '| --- | --- | ---: | ---: |', ...rows.map(row), ''];
}

function row({ kind, name, aspect, before = '—', after = '—' }: CostRow): string {
  const what = name === '' ? `**${kind}**` : code(reveal(`${kind} ${name}`));
  return `| ${what} | ${code(reveal(aspect))} | ${before} | ${after} |`;
}
