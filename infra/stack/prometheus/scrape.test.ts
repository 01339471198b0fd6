import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Container, Port, Workload } from '../../workload.ts';
import { scrapeTargets } from './scrape.ts';

const resources = { cpu: { request: '10m', limit: '10m' }, memory: { request: '16Mi', limit: '16Mi' } };

function workload(name: string, ports: readonly Port[], runs: Workload['runs'] = { as: 'service', replicas: 1 }) {
  const container: Container = { name, image: 'example:1', ports, resources };
  return { name, runs, containers: [container] } satisfies Partial<Workload>;
}

describe('scrape targets', () => {
  test('scrapes each copy of Qdrant with the read-only key', () => {
    const bearer = { secret: 'qdrant-keys', key: 'read-only-api-key' };
    const ports = [
      { name: 'http', number: 6333, metrics: { bearer } },
      { name: 'grpc', number: 6334 },
    ];
    expect(scrapeTargets([workload('qdrant', ports, { as: 'stateful', replicas: 3 })])).toEqual([
      {
        job: 'qdrant',
        workload: 'qdrant',
        port: { name: 'http', number: 6333 },
        dnsName: 'qdrant-peers',
        path: '/metrics',
        bearer,
        honorLabels: false,
      },
    ]);
  });

  test('finds each copy of a service behind its ClusterIP too', () => {
    const [target] = scrapeTargets([workload('api', [{ name: 'http', number: 8000, metrics: {} }])]);
    expect(target?.dnsName).toBe('api-peers');
  });

  test('takes path, job and labels from the port', () => {
    const metrics = { path: '/metrics/', job: 'models', honorLabels: true };
    const [target] = scrapeTargets([workload('litellm', [{ name: 'http', number: 8001, metrics }])]);
    expect(target).toMatchObject({ job: 'models', path: '/metrics/', honorLabels: true, workload: 'litellm' });
  });

  test('leaves out what runs on a schedule', () => {
    const schedule: Workload['runs'] = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 };
    expect(scrapeTargets([workload('backup', [{ name: 'http', number: 80, metrics: {} }], schedule)])).toEqual([]);
  });

  test('refuses two ports with one job, naming both', () => {
    const ports = [
      { name: 'http', number: 8080, metrics: {} },
      { name: 'telemetry', number: 8081, metrics: {} },
    ];
    expect(() => scrapeTargets([workload('state', ports)])).toThrow(
      'Both state:http and state:telemetry would be Prometheus\'s job "state": give one of them another "metrics.job"',
    );
  });

  test('are the ports with metrics, each once, whatever the workloads are', () => {
    const port = fc.record({ metrics: fc.option(fc.constant({}), { nil: undefined }), number: fc.nat(65535) });
    fc.assert(
      fc.property(fc.array(fc.array(port, { maxLength: 4 }), { maxLength: 6 }), (all) => {
        const workloads = all.map((ports, w) =>
          workload(
            `w${w}`,
            ports.map(({ number, metrics }, p) => ({
              name: `p${p}`,
              number,
              ...(metrics && { metrics: { job: `w${w}-p${p}` } }),
            })),
          ),
        );
        const expected = all.flatMap((ports, w) =>
          ports.flatMap(({ metrics }, p) => (metrics === undefined ? [] : [`w${w}-p${p}`])),
        );
        expect(scrapeTargets(workloads).map(({ job }) => job)).toEqual(expected);
      }),
    );
  });
});
