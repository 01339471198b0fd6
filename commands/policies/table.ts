import type { Rule } from '../../policies/rule.ts';
import { formatTable } from '../table.ts';
import type { Results } from './results.ts';

/** Results for people: what is wrong where, what to change, what is excepted and why, and how many of each. */
export function resultsTable(
  { stack, rules: judged, objects, violations, exceptions }: Results,
  rules: readonly Rule[],
) {
  const found = violations.map(({ level, severity, rule, object, message }) => [
    level === 'mandatory' ? 'MANDATORY' : level,
    severity,
    rule,
    object,
    message,
  ]);
  const broken = rules.filter(({ name }) => violations.some(({ rule }) => rule === name));
  const fixes = broken.map(({ name, reason, fix, standard }) =>
    [name, `  ${reason}`, `  ${fix}`, `  ${standard.name}: ${standard.url}`].join('\n'),
  );
  const excepted = exceptions.map(({ rule, object, message, reason }) => [rule, object, message, reason]);
  const mandatory = violations.filter(({ level }) => level === 'mandatory').length;
  return [
    ...section('', found, ['LEVEL', 'SEVERITY', 'RULE', 'OBJECT', 'WHAT IS WRONG']),
    ...(fixes.length > 0 ? [`Why, and what to change:\n\n${fixes.join('\n')}`] : []),
    ...section('Excepted by annotations:\n\n', excepted, ['RULE', 'OBJECT', 'WHAT IS WRONG', 'REASON']),
    `${stack}: ${mandatory} mandatory and ${violations.length - mandatory} advisory violations, ` +
      `${counted(exceptions.length, 'exception')}; ${counted(judged, 'rule')}, ${counted(objects, 'object')}.`,
  ].join('\n\n');
}

const section = (title: string, rows: readonly (readonly string[])[], headings: readonly string[]): string[] =>
  rows.length === 0 ? [] : [`${title}${formatTable(headings, rows)}`];

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
