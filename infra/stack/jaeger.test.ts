import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { describeJaeger, jaegerLink, jaegerQueryLink, jaegerSettings } from './jaeger.ts';

const settings = (input: z.input<typeof jaegerSettings> = {}) => jaegerSettings.parse(input);

function jaeger(input: z.input<typeof jaegerSettings> = {}) {
  const { workloads } = describeJaeger({ ...settings(input), images: {}, keepData: true });
  const workload = workloads[0];
  const files = workload?.volumes?.find((volume) => volume.kind === 'files')?.files;
  const configuration = parse(files?.['config.yaml'] ?? '') as {
    extensions: {
      jaeger_query: object;
      jaeger_storage: { backends: { traces: { badger: { directories: object; ttl: object } } } };
    };
    service: { extensions: string[] };
  };
  return { workload, configuration };
}

describe('Jaeger', () => {
  it.each([
    [{}, '168h'],
    [{ retentionDays: 1 }, '24h'],
    [{ retentionDays: 30 }, '720h'],
  ])('with %j keeps traces for %s', (input, spans) => {
    const { badger } = jaeger(input).configuration.extensions.jaeger_storage.backends.traces;
    expect(badger.ttl).toEqual({ spans });
  });

  it('writes its keys and values to the volume', () => {
    const { workload, configuration } = jaeger({ storage: { size: '20Gi', class: 'fast-ssd' } });
    const { badger } = configuration.extensions.jaeger_storage.backends.traces;
    const data = workload?.containers[0].mounts?.['data'] ?? 'not mounted';
    expect(badger.directories).toEqual({ keys: `${data}/keys`, values: `${data}/values` });
    expect(workload?.volumes).toContainEqual({
      kind: 'persistent',
      name: 'data',
      size: '20Gi',
      storageClass: 'fast-ssd',
    });
    expect(workload?.traits).toEqual({ keepData: true });
  });

  it('is one copy, since its store belongs to one process', () => {
    expect(jaeger().workload?.runs).toEqual({ as: 'stateful', replicas: 1 });
  });

  it('starts the store before what asks it', () => {
    expect(jaeger().configuration.service.extensions).toEqual(['jaeger_storage', 'jaeger_query', 'healthcheckv2']);
  });

  it('makes no traces of the questions to itself', () => {
    expect(jaeger().configuration.extensions.jaeger_query).toMatchObject({ enable_tracing: false });
  });

  it('calls nobody', () => {
    expect(jaeger().workload?.connections).toEqual([]);
  });

  it('is asked after by HTTP alone, since its image has no shell', () => {
    const probes = jaeger().workload?.containers[0].probes ?? {};
    for (const probe of Object.values(probes))
      expect(probe).toMatchObject({ http: { path: '/status', port: 'health' } });
    expect(Object.keys(probes)).toEqual(['startup', 'liveness', 'readiness']);
  });
});

describe('the links to Jaeger', () => {
  it('lead traces to gRPC and Grafana to HTTP', () => {
    expect(jaegerLink(settings())).toEqual({
      url: 'http://jaeger:4317',
      connection: { to: 'workload', workload: 'jaeger', port: 'otlp-grpc' },
    });
    expect(jaegerQueryLink(settings())).toEqual({
      url: 'http://jaeger:16686',
      connection: { to: 'workload', workload: 'jaeger', port: 'http' },
    });
  });

  it('lead traces to an existing one, whose other port nobody told', () => {
    const external = settings({ use: 'external', url: 'https://traces.example.com/' });
    expect(jaegerLink(external)).toEqual({ url: 'https://traces.example.com', connection: { to: 'internet' } });
    expect(jaegerQueryLink(external)).toBeUndefined();
  });

  it('are absent when it is off', () => {
    expect(jaegerLink(settings({ use: 'off' }))).toBeUndefined();
    expect(jaegerQueryLink(settings({ use: 'off' }))).toBeUndefined();
  });
});

describe('the settings of Jaeger', () => {
  it('want the addresses of an existing one that its URL does not tell', () => {
    const url = 'https://traces.example.com:4317';
    expect(() => settings({ use: 'external', url })).toThrow('egress');
    expect(() => settings({ use: 'external' })).toThrow('needed with use: external');
    const egress = { cidrs: ['10.1.2.0/24'] };
    expect(jaegerLink(settings({ use: 'external', url, egress }))?.connection).toEqual({
      to: 'addresses',
      cidrs: ['10.1.2.0/24'],
      ports: [4317],
    });
  });
});
