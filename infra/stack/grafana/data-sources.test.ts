import { describe, expect, it } from 'vitest';
import type { Link } from '../../connection.ts';
import { dataSources, type DataSourceName } from './data-sources.ts';

const link = (url: string): Link => ({ url, connection: { to: 'internet' } });
const links = {
  prometheus: link('http://prometheus:9090'),
  loki: link('http://loki:3100'),
  jaeger: link('http://jaeger:16686'),
  alertmanager: link('http://alertmanager:9093'),
};

function jsonData(names: readonly DataSourceName[], of: DataSourceName) {
  const some = Object.fromEntries(names.map((name) => [name, links[name]]));
  return dataSources(some).find(({ uid }) => uid === of)?.jsonData;
}

describe('the data sources', () => {
  it('are those that the stack has, under ids that never change', () => {
    expect(dataSources(links).map(({ uid, type, url }) => [uid, type, url])).toEqual([
      ['prometheus', 'prometheus', 'http://prometheus:9090'],
      ['loki', 'loki', 'http://loki:3100'],
      ['jaeger', 'jaeger', 'http://jaeger:16686'],
      ['alertmanager', 'alertmanager', 'http://alertmanager:9093'],
    ]);
    expect(dataSources({ loki: links.loki }).map(({ uid }) => uid)).toEqual(['loki']);
    expect(dataSources({})).toEqual([]);
  });

  it('are asked by Grafana, not by browsers, and changed in files alone', () => {
    for (const source of dataSources(links)) expect(source).toMatchObject({ access: 'proxy', editable: false });
  });

  it('have Prometheus as the default', () => {
    expect(dataSources(links).flatMap(({ uid, isDefault }) => (isDefault ? [uid] : []))).toEqual(['prometheus']);
  });

  it('lead from an exemplar to its trace, where there are traces', () => {
    const destinations = [{ name: 'trace_id', datasourceUid: 'jaeger' }];
    expect(jsonData(['prometheus', 'jaeger'], 'prometheus')).toMatchObject({
      exemplarTraceIdDestinations: destinations,
    });
    expect(jsonData(['prometheus', 'loki'], 'prometheus')).not.toHaveProperty('exemplarTraceIdDestinations');
  });

  it('lead from a rule to the Alertmanager that tells of it, where there is one', () => {
    expect(jsonData(['prometheus', 'alertmanager'], 'prometheus')).toMatchObject({ alertmanagerUid: 'alertmanager' });
    expect(jsonData(['prometheus'], 'prometheus')).not.toHaveProperty('alertmanagerUid');
  });

  it('lead from a log line to its trace, where there are traces', () => {
    const fields = (jsonData(['loki', 'jaeger'], 'loki') as { derivedFields: { [key: string]: string }[] })
      .derivedFields;
    expect(fields.map(({ matcherType }) => matcherType)).toEqual(['label', 'regex']);
    const line = '{"level":"info","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","status":200}';
    expect(new RegExp(fields[1]?.['matcherRegex'] ?? '').exec(line)?.[1]).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    for (const field of fields) expect(field).toMatchObject({ datasourceUid: 'jaeger', url: '$${__value.raw}' });
    expect(jsonData(['loki'], 'loki')).toEqual({});
  });

  it('lead from a trace to its log lines, where there are logs', () => {
    expect(jsonData(['loki', 'jaeger'], 'jaeger')).toMatchObject({
      tracesToLogsV2: { datasourceUid: 'loki', query: '{service_name=~".+"} | json | trace_id="$${__span.traceId}"' },
    });
    expect(jsonData(['jaeger'], 'jaeger')).not.toHaveProperty('tracesToLogsV2');
  });

  it('name no other data source than those that are there', () => {
    const names = Object.keys(links) as DataSourceName[];
    for (let subset = 0; subset < 2 ** names.length; subset += 1) {
      const some = names.filter((_, bit) => (subset >> bit) % 2 === 1);
      const sources = dataSources(Object.fromEntries(some.map((name) => [name, links[name]])));
      const text = JSON.stringify(sources.map(({ jsonData }) => jsonData));
      const named = [...text.matchAll(/"(?:datasourceUid|alertmanagerUid)":"(\w+)"/g)].map(([, uid]) => uid);
      expect(some).toEqual(expect.arrayContaining(named));
    }
  });

  it('have their address as it is, with no variable put into it', () => {
    expect(dataSources({ loki: link('https://logs.example.com/$HOME') })[0]?.url).toBe(
      'https://logs.example.com/$$HOME',
    );
  });
});
