import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { Port } from '../workload.ts';
import { serviceMonitorSpec } from './service-monitor.ts';

const labels = { 'app.kubernetes.io/name': 'some', main: 'yes' };
const monitor = (...ports: Port[]) =>
  serviceMonitorSpec(workload('some', { containers: [container({ ports })] }), labels);
const metrics = { name: 'metrics', number: 9121, metrics: {} };

describe('a service monitor', () => {
  it("reads /metrics of the port, under the workload's name as job", () => {
    expect(monitor({ name: 'http', number: 80 }, metrics)).toEqual({
      selector: { matchLabels: labels },
      endpoints: [
        {
          port: 'metrics',
          path: '/metrics',
          relabelings: [
            { action: 'replace', targetLabel: 'job', replacement: 'some' },
            { action: 'labeldrop', regex: 'endpoint' },
          ],
        },
      ],
    });
  });

  it('takes path, job and token of the port; the token by reference', () => {
    const bearer = { secret: 'qdrant-keys', key: 'read-only-api-key' };
    expect(monitor({ ...metrics, metrics: { path: '/m', job: 'other', bearer } })?.endpoints[0]).toMatchObject({
      path: '/m',
      relabelings: [{ targetLabel: 'job', replacement: 'other' }, { action: 'labeldrop' }],
      authorization: { type: 'Bearer', credentials: { name: 'qdrant-keys', key: 'read-only-api-key' } },
    });
  });

  it("lets the series' own labels win where they tell of other things", () => {
    expect(monitor({ ...metrics, metrics: { honorLabels: true } })?.endpoints[0]).toMatchObject({ honorLabels: true });
    expect(monitor(metrics)?.endpoints[0]).not.toHaveProperty('honorLabels');
  });

  it('reads every port that has metrics, whichever container it is of', () => {
    const both = workload('some', {
      containers: [container({ ports: [metrics] }), container({ ports: [{ ...metrics, name: 'telemetry' }] })],
    });
    expect(serviceMonitorSpec(both, labels)?.endpoints.map(({ port }) => port)).toEqual(['metrics', 'telemetry']);
  });

  it('is not there without metrics', () => {
    expect(monitor({ name: 'http', number: 80 })).toBeUndefined();
  });

  it("passes the operator's own schema", () => {
    const spec = monitor({ ...metrics, metrics: { bearer: { secret: 's', key: 'k' } } });
    if (!spec) throw new Error('expected a spec');
    expect(() => new ServiceMonitor({ metadata: { name: 'some' }, spec }).validate()).not.toThrow();
  });
});
