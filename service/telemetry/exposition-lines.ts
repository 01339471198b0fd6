import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/**
 * The text formats that Prometheus scrapes.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export type ExpositionFormat = 'text' | 'openmetrics';

/** What prom-client gives of one metric; its types leave out what histograms add to a value. */
type Family = MetricObjectWithValues<MetricValue<string> & Sample>;

interface Sample {
  /** Name of a sample that is not the metric's own: `x_bucket`, `x_sum`, `x_count`. */
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
}

interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One metric as lines without their ends: its help, its type, and its samples. Exemplars are in OpenMetrics only. */
export function* linesOf(family: Family, format: ExpositionFormat): Generator<string, void> {
  const open = format === 'openmetrics';
  // In OpenMetrics the counter is `x` and its sample is `x_total`.
  const name = open && String(family.type) === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  yield `# HELP ${name} ${open ? escapeQuoted(family.help) : escapeLine(family.help)}`;
  yield `# TYPE ${name} ${family.type}`;
  for (const { metricName = family.name, labels, value, exemplar } of family.values) {
    const sample = `${metricName}${labelsOf(labels, open)} ${numberOf(value)}`;
    yield open && exemplar ? sample + exemplarOf(exemplar) : sample;
  }
}

function labelsOf(labels: Readonly<Partial<Record<string, string | number>>>, canonical: boolean): string {
  let text = '';
  for (const [label, value = ''] of Object.entries(labels)) {
    const shown = typeof value === 'string' ? escapeQuoted(value) : canonical ? canonicalOf(value) : String(value);
    text += `${text === '' ? '' : ','}${label}="${shown}"`;
  }
  return text === '' ? '' : `{${text}}`;
}

/** The bound of a bucket as OpenMetrics wants it: whole numbers with a point. Prometheus 3 stores it so in either format. */
const canonicalOf = (bound: number) => (Number.isInteger(bound) ? bound.toFixed(1) : String(bound));

const exemplarOf = ({ labelSet, value, timestamp }: Exemplar) =>
  ` # ${labelsOf(labelSet, true) || '{}'} ${numberOf(value)} ${timestamp}`;

function numberOf(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const escapeLine = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeQuoted = (text: string) => escapeLine(text).replaceAll('"', '\\"');
