import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { Runs, Workload } from '../workload.ts';
import { peersServiceSpec, serviceSpec } from './service.ts';

const containers: Workload['containers'] = [
  container({
    ports: [
      { name: 'http', number: 6333 },
      { name: 'peer', number: 6335, peersOnly: true },
    ],
  }),
  container({ name: 'beside', ports: [{ name: 'metrics', number: 9121, metrics: {} }] }),
];
const stateful: Runs = { as: 'stateful', replicas: 3 };
const selector = { 'app.kubernetes.io/name': 'some', 'app.kubernetes.io/part-of': 'ballast' };
const port = (name: string, number: number) => ({ name, port: number, targetPort: name, protocol: 'TCP' });

describe('a Service', () => {
  it('has the ports of every container, but not those for peers', () => {
    expect(serviceSpec(workload('some', { containers }))).toEqual({
      type: 'ClusterIP',
      selector,
      ports: [port('http', 6333), port('metrics', 9121)],
    });
  });

  it('keeps the protocol of a port', () => {
    const udp = container({ ports: [{ name: 'dns', number: 53, protocol: 'UDP' }] });
    expect(serviceSpec(workload('some', { containers: [udp] }))?.ports).toMatchObject([{ protocol: 'UDP' }]);
  });

  it('is not there for what listens on nothing, or runs on a schedule', () => {
    expect(serviceSpec(workload('some', { containers: [container({ ports: [] })] }))).toBeUndefined();
    const runs: Runs = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 };
    expect(serviceSpec(workload('some', { runs }))).toBeUndefined();
  });
});

describe('the Service of the peers', () => {
  it('names each copy of a stateful workload before it is ready, on all ports', () => {
    expect(peersServiceSpec(workload('some', { containers, runs: stateful }))).toEqual({
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector,
      ports: [port('http', 6333), port('peer', 6335), port('metrics', 9121)],
    });
  });

  it('is there for all that serve metrics, since each copy is read', () => {
    expect(peersServiceSpec(workload('some', { containers }))).toMatchObject({ clusterIP: 'None' });
  });

  it('is not there for other workloads', () => {
    expect(peersServiceSpec(workload('some'))).toBeUndefined();
    const runs: Runs = { as: 'schedule', cron: '0 3 * * *', deadlineSeconds: 60 };
    expect(peersServiceSpec(workload('some', { containers, runs }))).toBeUndefined();
  });
});
