import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Link } from '../../infra/connection.ts';
import { describeJaeger, jaegerSettings } from '../../infra/stack/jaeger.ts';
import { alloyWorkload } from '../../infra/stack/loki/alloy.ts';
import { lokiSettings } from '../../infra/stack/loki/loki.ts';
import { configuration } from '../../infra/stack/otel-collector/configuration.ts';
import { otelCollectorSettings, type OtelCollectorArgs } from '../../infra/stack/otel-collector/otel-collector.ts';
import { corefile } from '../cluster/coredns.ts';
import { textsBelow } from '../fingerprint.ts';

const linkTo = (workload: string): Link => ({
  url: `http://${workload}:80`,
  connection: { to: 'workload', workload, port: 'http' },
});
const [jaeger, mlflow, loki] = [linkTo('jaeger'), linkTo('mlflow'), linkTo('loki')];
const { resources } = lokiSettings.parse({}).alloy;

/** A file of ours that a program is built with. */
const textOf = (folder: string, path: string) => textsBelow(folder)[path] ?? '';

/** Types of components that a configuration names: `otlp receiver`, of the receiver `otlp/internal`. */
function components(text: string): string[] {
  const parsed = parse(text) as Record<string, Record<string, unknown>>;
  return ['extension', 'receiver', 'processor', 'exporter'].flatMap((kind) =>
    Object.keys(parsed[`${kind}s`] ?? {}).map((name) => `${name.split('/')[0]} ${kind}`),
  );
}

function ofCollector(stores: Pick<OtelCollectorArgs, 'jaeger' | 'mlflow' | 'loki'>): string[] {
  const args = { ...otelCollectorSettings.parse({}), images: {}, slowSeconds: 2.5, longestSeconds: 30.5, ...stores };
  return components(configuration(args));
}

test("the collector is built with the components that the stack's configuration names", () => {
  const main = textOf('otel-collector', 'collector/main.go');
  const named = [...ofCollector({ jaeger, mlflow, loki }), ...ofCollector({ loki })];
  const packages = new Set(named.map((each) => each.replace('otlp_grpc', 'otlp').replaceAll(/[_ ]/g, '')));
  expect(packages).toContain('nopexporter');
  const built = [...main.matchAll(/(\w+(?:extension|receiver|processor|exporter))\.NewFactory\(\)/g)];
  expect(built.map(([, name]) => name).sort()).toEqual([...packages].sort());
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

test("Jaeger is built with the components that the stack's configuration names", () => {
  const args = { ...jaegerSettings.parse({}), images: {}, keepData: false };
  const [workload] = describeJaeger(args).workloads;
  const text = workload?.volumes?.find((volume) => volume.kind === 'files')?.files['config.yaml'] ?? '';
  const main = textOf('jaeger/part', 'cmd/jaeger/internal/components.go');
  const built = [...main.matchAll(/(\w+)\.NewFactory\(\)/g)].map(([, name = '']) => name);
  // Its own are named otherwise than their packages.
  const packages: Readonly<Record<string, string>> = { 'jaeger_storage_exporter exporter': 'storageexporter' };
  const named = components(text).map(
    (each) => packages[each] ?? (each.startsWith('jaeger_') ? each.replace(' extension', '') : each),
  );
  expect(named).not.toEqual([]);
  expect(built.filter((name) => name !== 'otelconftelemetry').sort()).toEqual(
    named.map((each) => each.replaceAll(/[_ ]/g, '')).sort(),
  );
});

test("CoreDNS is built with the plugins that the node's configuration names", () => {
  const named = [...corefile.matchAll(/^ {4}([a-z]+)\b/gm)].map(([, name = '']) => name);
  const imported = [...textOf('coredns/part', 'core/plugin/zplugin.go').matchAll(/\/plugin\/(\w+)"/g)];
  const ordered = [...textOf('coredns/part', 'core/dnsserver/zdirectives.go').matchAll(/"(\w+)",/g)];
  expect(named).not.toEqual([]);
  expect(ordered.map(([, name]) => name).sort()).toEqual(named.toSorted());
  const packages = named.map((name) => (name === 'prometheus' ? 'metrics' : name));
  expect(imported.map(([, name]) => name).sort()).toEqual(packages.sort());
});
