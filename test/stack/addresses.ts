import { parse } from 'yaml';
import { edge } from './edges.ts';
import type { Rendered, RenderedWorkload, ServiceSpec } from './rendered.ts';

/** All that a workload is told: its environment, its arguments and its files. */
function toldTexts(stack: Rendered, { containers, pod }: RenderedWorkload): string[] {
  const direct = containers.flatMap(({ args = [], command = [], env = [] }) => [
    ...command,
    ...args,
    ...env.flatMap(({ value }) => value ?? []),
  ]);
  const maps = [
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef?.name)),
    ...(pod.volumes ?? []).map(({ configMap }) => configMap?.name),
  ];
  return [...direct, ...maps.flatMap((name) => (name === undefined ? [] : configMapTexts(stack, name)))];
}

const configMapTexts = (stack: Rendered, name: string) =>
  Object.values(stack.get('ConfigMap', name)['data'] as Record<string, string>);

/** The edges that a workload needs for every address of the stack in what it is told; to itself none. */
export function toldEdges(stack: Rendered, workload: RenderedWorkload): Set<string> {
  const places = toldTexts(stack, workload).flatMap((text) => [...hostsWithPort(text), ...discoveries(text)]);
  const told = new Set<string>();
  for (const { host, port } of places) {
    for (const called of calledBy(stack, host)) {
      if (called !== workload.name) told.add(edge(workload.name, called, port));
    }
  }
  return told;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** `redis:6379`, `qdrant-0.qdrant-peers:6333` */
const hostsWithPort = (text: string): Place[] =>
  [...text.matchAll(/(?<![\w.-])([a-z][a-z0-9.-]*):(\d{2,5})(?!\d)/g)].map(([, host = '', port]) => ({
    host,
    port: Number(port),
  }));

/** Prometheus is told names and ports apart: `dns_sd_configs: [{names: [api-peers], port: 8000}]`. */
function discoveries(text: string): Place[] {
  if (!text.includes('dns_sd_configs')) return [];
  const found: Place[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    const { names, port } = value as { readonly names?: readonly string[]; readonly port?: number };
    if (names !== undefined && port !== undefined) found.push(...names.map((host) => ({ host, port })));
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(parse(text));
  return found;
}

/** Who answers under a name: those whom the Service of that name, or of its last part, selects. */
function calledBy(stack: Rendered, host: string): string[] {
  const labels = host.split('.');
  const names = [labels[0], labels[1]];
  return stack
    .all<ServiceSpec>('Service')
    .filter(({ metadata }) => names.includes(metadata.name))
    .flatMap(({ spec }) => stack.selected(spec.selector).map(({ name }) => name));
}
