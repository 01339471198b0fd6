import { catalogue, targetLabels } from './catalogue.ts';
import { parsePromql } from './parse.ts';

/**
 * The names in an expression that nothing declares: metrics, and labels that none of its metrics has.
 *
 * @throws {SyntaxError} where the expression is none.
 */
export function unknownNames(expression: string): string[] {
  const { metrics, labels } = parsePromql(expression);
  const known = new Set([...targetLabels, ...metrics.flatMap((metric) => catalogue.get(metric) ?? [])]);
  return [...metrics.filter((metric) => !catalogue.has(metric)), ...labels.filter((label) => !known.has(label))];
}
