/**
 * The metrics that a query names. Whatever is not known to be something else counts as a metric, so that a mistake in a name,
 * a function or a keyword is a metric that does not exist. For queries that promtool takes.
 */
export function metricsIn(query: string): string[] {
  const bare = query
    // Texts first: they may hold anything.
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '')
    .replaceAll(/\{[^{}]*\}/g, ' ')
    .replaceAll(/\[[^[\]]*\]/g, ' ')
    // Labels of a grouping or of a match.
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi, ' ')
    .replaceAll(/\boffset\s+-?\d+[a-z\d]*/gi, ' ');
  const words = [...bare.matchAll(/(?<![\w.:])[A-Za-z_:][\w:]*(?![\w:]|\s*\()/g)]
    .map(([word]) => word)
    .filter((word) => !operators.has(word.toLowerCase()));
  return [...new Set(words)];
}

/** What stands between or before operands and is no name: https://prometheus.io/docs/prometheus/latest/querying/operators/ */
const operators = new Set(['and', 'or', 'unless', 'atan2', 'bool', 'inf', 'nan', 'group_left', 'group_right']);
