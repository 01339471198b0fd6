import { describe, expect, it } from 'vitest';
import { asConfiguration } from '../../test/stack/variants.ts';
import { readStackConfig } from '../read-config.ts';
import { apiArgs, rotationOf, stackLinks } from './links.ts';

const config = (keys: Readonly<Record<string, unknown>> = {}) => readStackConfig(asConfiguration(keys));
const off = { use: 'off' };
const everythingOff = Object.fromEntries(
  ['qdrant', 'tei', 'redis', 'litellm', 'mlflow', 'prometheus', 'alertmanager', 'jaeger', 'loki', 'otelCollector'].map(
    (part) => [part, off],
  ),
);

describe('how the parts are reached', () => {
  it('is a workload of the stack for each part that it runs', () => {
    const links = stackLinks(config());
    const reached = Object.entries(links).map(([part, link]) => [
      part,
      link?.connection.to === 'workload' ? `${link.connection.workload}:${link.connection.port}` : link,
    ]);
    expect(Object.fromEntries(reached)).toEqual({
      redis: 'redis:redis',
      qdrant: 'qdrant:http',
      tei: 'tei:http',
      litellm: 'litellm:http',
      mlflow: 'mlflow:http',
      jaeger: 'jaeger:otlp-grpc',
      jaegerQuery: 'jaeger:http',
      loki: 'loki:http',
      otelCollector: 'otel-collector:otlp-http',
      sentry: undefined,
      prometheus: 'prometheus:http',
      alertmanager: 'alertmanager:http',
    });
    for (const link of Object.values(links)) expect(link?.url ?? '').not.toMatch(/\/$/);
  });

  it('is nothing for a part that is off', () => {
    expect(Object.values(stackLinks(config(everythingOff))).filter((link) => link !== undefined)).toEqual([]);
  });

  it('is an existing one at its URL', () => {
    const links = stackLinks(
      config({
        qdrant: { use: 'external', url: 'https://qdrant.example.com/', credential: 'qdrantKey' },
        litellm: { use: 'external', url: 'http://llm.models.svc:8000/v1' },
        alertmanager: { use: 'external', url: 'http://10.1.2.3:9093' },
      }),
    );
    expect(links.qdrant).toMatchObject({
      url: 'https://qdrant.example.com',
      connection: { to: 'internet' },
      secrets: [{ name: 'qdrant-keys', keys: { 'api-key': { from: 'credential', credential: 'qdrantKey' } } }],
    });
    expect(links.litellm?.connection).toEqual({ to: 'namespace', namespace: 'models', ports: [8000] });
    expect(links.alertmanager?.connection).toEqual({ to: 'addresses', cidrs: ['10.1.2.3/32'], ports: [9093] });
  });

  it('is no Alertmanager of the stack where an operator has its own', () => {
    const operator = { cluster: { prometheusOperator: true }, prometheus: { use: 'operator' } };
    expect(stackLinks(config(operator)).alertmanager).toBeUndefined();
    const elsewhere = { alertmanager: { use: 'external', url: 'http://alertmanager.monitoring:9093' } };
    expect(stackLinks(config({ ...operator, ...elsewhere })).alertmanager).toMatchObject({
      url: 'http://alertmanager.monitoring:9093',
    });
  });
});

describe('rotations', () => {
  it('are counted from one', () => {
    const rotated = config({ rotation: { 'redis-auth': 3 } });
    expect([rotationOf(rotated, 'redis-auth'), rotationOf(rotated, 'api-keys')]).toEqual([3, 1]);
    expect(apiArgs(config({ rotation: { 'api-keys': 4 } }), '').rotation).toBe(4);
  });
});

describe('what the API is made from', () => {
  const prometheusUrl = (keys: Readonly<Record<string, unknown>>) => apiArgs(config(keys), '').prometheusUrl;

  it('is the way to each part that it calls, and to no other', () => {
    const links = stackLinks(config());
    expect(apiArgs(config(), 'image:1')).toMatchObject({
      imageReference: 'image:1',
      stackEnvironment: 'development',
      upstreams: { llm: links.litellm, vectorStore: links.qdrant, embeddings: links.tei, cache: links.redis },
      otelCollector: links.otelCollector,
    });
    const reporting = config({ api: { sentry: { credential: 'dsn' } } });
    expect(apiArgs(reporting, '').errorReports).toEqual(stackLinks(reporting).sentry);
    expect(apiArgs(config(everythingOff), '').otelCollector).toBeUndefined();
    expect(Object.values(apiArgs(config(everythingOff), '').upstreams).every((link) => link === undefined)).toBe(true);
  });

  it('is the Prometheus that KEDA asks from its own namespace', () => {
    expect(prometheusUrl({})).toBeUndefined();
    expect(prometheusUrl({ cluster: { keda: true }, namespace: 'rag' })).toBe('http://prometheus.rag.svc:9090');
    const url = 'http://prometheus-operated.monitoring:9090';
    const operator = { keda: true, prometheusOperator: true };
    expect(prometheusUrl({ cluster: operator, prometheus: { use: 'operator', url } })).toBe(url);
    expect(prometheusUrl({ cluster: operator, prometheus: { use: 'operator' } })).toBeUndefined();
    expect(prometheusUrl({ cluster: { keda: true }, prometheus: off, alertmanager: off })).toBeUndefined();
  });

  it('is who calls it through the gateway, and whose word on the caller it takes', () => {
    const gateway = {
      form: 'ingress',
      host: 'api.example.com',
      tls: { unencrypted: true },
      from: { namespace: 'nginx', cidrs: ['192.0.2.0/24'] },
      trustedProxies: ['10.0.0.0/8'],
    };
    expect(apiArgs(config({ gateway }), '')).toMatchObject({
      admits: [
        { namespace: 'nginx', port: 'http' },
        { cidrs: ['192.0.2.0/24'], port: 'http' },
      ],
      trustedProxies: ['10.0.0.0/8'],
    });
    expect(apiArgs(config(), '').admits).toEqual([]);
  });

  it('is how many nodes hold each passage, and the models', () => {
    expect(apiArgs(config({ qdrant: { replicas: 3 } }), '').replicationFactor).toBe(2);
    expect(JSON.parse(apiArgs(config(), '').modelTable)).toMatchObject({ models: { qwen: {} }, modes: { fast: {} } });
  });
});
