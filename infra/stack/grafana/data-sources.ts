import type { Link } from '../../connection.ts';

/** What Grafana asks, where the stack has it. */
export interface DataSourceLinks {
  readonly prometheus?: Link | undefined;
  readonly loki?: Link | undefined;
  /** Jaeger's HTTP port, not the one that takes traces. */
  readonly jaeger?: Link | undefined;
  readonly alertmanager?: Link | undefined;
}

/** Name of a data source, which also is its `uid`: dashboards, links and bookmarks hold it, so that it never changes. */
export type DataSourceName = keyof DataSourceLinks;

/** A data source as a provisioning file has it: https://grafana.com/docs/grafana/latest/administration/provisioning/ */
export interface DataSource {
  readonly name: string;
  readonly uid: DataSourceName;
  readonly type: DataSourceName;
  /** Grafana itself asks, never the browser. */
  readonly access: 'proxy';
  readonly url: string;
  readonly isDefault: boolean;
  readonly editable: false;
  readonly jsonData: object;
}

/** The data sources of a stack, with the ways from one to another: from a slow bucket to its trace, from a trace to its logs. */
export function dataSources(links: DataSourceLinks): DataSource[] {
  const has = (name: DataSourceName) => links[name] !== undefined;
  const all: [DataSourceName, string, object][] = [
    ['prometheus', 'Prometheus', prometheusData(has)],
    ['loki', 'Loki', has('jaeger') ? { derivedFields: traceFields } : {}],
    ['jaeger', 'Jaeger', { nodeGraph: { enabled: true }, ...(has('loki') && { tracesToLogsV2: logsOfTrace }) }],
    ['alertmanager', 'Alertmanager', { implementation: 'prometheus', handleGrafanaManagedAlerts: false }],
  ];
  return all.flatMap(([uid, name, jsonData]) => {
    const link = links[uid];
    if (link === undefined) return [];
    const isDefault = uid === 'prometheus';
    return [{ name, uid, type: uid, access: 'proxy', url: literal(link.url), isDefault, editable: false, jsonData }];
  });
}

/** https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/ : exemplars carry the trace as `trace_id`. */
function prometheusData(has: (name: DataSourceName) => boolean) {
  return {
    httpMethod: 'POST',
    // Its rules and alerts are shown; they are changed in this repository.
    manageAlerts: true,
    ...(has('alertmanager') && { alertmanagerUid: 'alertmanager' }),
    ...(has('jaeger') && { exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'jaeger' }] }),
  };
}

/** A `$` that stays one: in provisioning files Grafana puts environment variables in place of names after a single one. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

/**
 * The trace of a log line: a label of lines that came by OTLP, a field of the JSON of those that Alloy read.
 * https://grafana.com/docs/grafana/latest/datasources/loki/configure-loki-data-source/#derived-fields
 */
const traceFields = (
  [
    ['label', 'trace_id'],
    ['regex', '"trace_id":"([0-9a-f]{32})"'],
  ] as const
).map(([matcherType, matcherRegex]) => ({
  name: matcherType === 'label' ? 'Trace' : 'Trace in the line',
  matcherType,
  matcherRegex,
  datasourceUid: 'jaeger',
  url: literal('${__value.raw}'),
}));

/** https://grafana.com/docs/grafana/latest/datasources/jaeger/ : the lines of both ways, whatever part wrote them. */
const logsOfTrace = {
  datasourceUid: 'loki',
  spanStartTimeShift: '-5m',
  spanEndTimeShift: '5m',
  customQuery: true,
  query: literal('{service_name=~".+"} | json | trace_id="${__span.traceId}"'),
};
