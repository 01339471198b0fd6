import type { LabelValues, Metric } from '../../service/contract/metric.ts';
import { metrics } from '../../service/contract/metrics.ts';
import { processMetrics } from '../../service/contract/process-metrics.ts';

/** The handbook's page of metrics. */
export function metricsPage(): string {
  const rows = Object.entries<Metric>(metrics).map(([name, metric]) => {
    const labels = Object.entries<LabelValues>(metric.labels).map(
      ([label, values]) => `\`${label}\`: ${describeValues(values)}`,
    );
    return `| \`${name}\` | ${metric.help} | ${metric.type} | ${metric.unit} | ${labels.join('; ') || 'none'} |`;
  });
  return `${introduction}

## Metrics of the service

| Metric | Meaning | Type | Unit | Labels |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Metrics of the process

${processMetrics.map((name) => `- \`${name}\``).join('\n')}
`;
}

const introduction = `# Metrics

<!-- Made by \`npm run generate\` from service/contract/metrics.ts. -->

Prometheus scrapes the metrics of the service at \`GET /metrics\`, which needs no token. Each metric is declared once in
the contract with its help, unit, labels and bounds. The values of a label are fixed when the service starts, or there
is a bound to how many there are at a time, so that no request can create a series without end. Each series of a counter
exists from the start at 0.`;

function describeValues(values: LabelValues): string {
  if ('configured' in values) return `the configured ${values.configured}`;
  return 'bounded' in values ? `at most ${values.bounded} at a time` : values.join(', ');
}
