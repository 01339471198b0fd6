import { parser } from '@prometheus-io/lezer-promql';

/** What an expression names. */
export interface ParsedPromql {
  /** Metrics, each once. */
  readonly metrics: readonly string[];
  /** Labels that it matches, groups by or joins on, each once. */
  readonly labels: readonly string[];
}

/**
 * What an expression of PromQL names, by the grammar of Prometheus's own editor. It knows no types: promtool does.
 *
 * @throws {SyntaxError} where the expression is none, with the place.
 */
export function parsePromql(expression: string): ParsedPromql {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) {
        throw new SyntaxError(
          `no PromQL at character ${from + 1}: ${expression.slice(0, from)}⟨here⟩${expression.slice(from)}`,
        );
      }
      const text = expression.slice(from, to);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(text);
      if (name === 'LabelName') labels.add(text);
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}
