import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Link } from '../../infra/connection.ts';
import { alloyWorkload } from '../../infra/stack/loki/alloy.ts';
import { lokiSettings } from '../../infra/stack/loki/loki.ts';
import { configuration } from '../../infra/stack/otel-collector/configuration.ts';
import { otelCollectorSettings, type OtelCollectorArgs } from '../../infra/stack/otel-collector/otel-collector.ts';
import { ownSource } from './own-source.ts';

const linkTo = (workload: string): Link => ({
  url: `http://${workload}:80`,
  connection: { to: 'workload', workload, port: 'http' },
});
const [jaeger, mlflow, loki] = [linkTo('jaeger'), linkTo('mlflow'), linkTo('loki')];
const { resources } = lokiSettings.parse({}).alloy;

/** A file of ours that a program is built with. */
const textOf = (folder: string, path: string) => Object.values(ownSource(folder, [path]).files).join('');

/** Packages of components that a configuration of the collector names: `otlpreceiver`, of the receiver `otlp/internal`. */
function packages(stores: Pick<OtelCollectorArgs, 'jaeger' | 'mlflow' | 'loki'>): string[] {
  const args = { ...otelCollectorSettings.parse({}), images: {}, slowSeconds: 2.5, longestSeconds: 30.5, ...stores };
  const parsed = parse(configuration(args)) as Record<string, Record<string, unknown>>;
  return ['extension', 'receiver', 'processor', 'exporter'].flatMap((kind) =>
    Object.keys(parsed[`${kind}s`] ?? {}).map((name) => {
      const type = name.split('/')[0] ?? '';
      return `${type === 'otlp_grpc' ? 'otlp' : type.replaceAll('_', '')}${kind}`;
    }),
  );
}

test("the collector is built with the components that the stack's configuration names", () => {
  const main = textOf('otel-collector', 'collector/main.go');
  const named = new Set([...packages({ jaeger, mlflow, loki }), ...packages({ loki })]);
  expect(named).toContain('nopexporter');
  const built = [...main.matchAll(/(\w+(?:extension|receiver|processor|exporter))\.NewFactory\(\)/g)];
  expect(built.map(([, name]) => name).sort()).toEqual([...named].sort());
});

test("Alloy is built with the components that the stack's configuration names", () => {
  const workload = alloyWorkload({ images: {}, namespace: 'shop', loki, apiSendsLogs: true, resources });
  const text = workload.volumes?.find((volume) => volume.kind === 'files')?.files['config.alloy'] ?? '';
  const named = [...text.matchAll(/^([a-z.]+) "\w+" \{$/gm)].map(([, name = '']) => name.replaceAll('.', '/'));
  const all = textOf('alloy/part', 'internal/component/all/all.go');
  const built = [...all.matchAll(/"github\.com\/grafana\/alloy\/internal\/component\/(.+)"/g)].map(([, name]) => name);
  expect(named).not.toEqual([]);
  expect(built.sort()).toEqual(named.sort());
});
