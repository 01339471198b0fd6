import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { Container, Workload } from '../workload.ts';
import { configMaps } from './configuration.ts';
import { containerSpec } from './container.ts';
import { podVolumes } from './volumes.ts';

const password = { secret: 'redis-auth', key: 'password' };
const timing = { periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 };

const spec = (changes: Partial<Container>, more: Partial<Workload> = {}) => {
  const only = container(changes);
  return containerSpec(workload('some', { containers: [only], ...more }), only);
};

describe("a container's environment", () => {
  const changes: Partial<Container> = {
    environment: { LEVEL: 'info', URL: 'redis://:$(WORD)@redis', ESCAPED: '$$(date)' },
    secretEnvironment: { WORD: password },
  };

  it('takes plain settings from a ConfigMap, secret ones by reference, and what is made of those after them', () => {
    expect(spec(changes)).toMatchObject({
      envFrom: [{ configMapRef: { name: 'some-environment' } }],
      env: [
        { name: 'WORD', valueFrom: { secretKeyRef: { name: 'redis-auth', key: 'password' } } },
        { name: 'URL', value: 'redis://:$(WORD)@redis' },
        { name: 'ESCAPED', value: '$$(date)' },
      ],
    });
    expect(configMaps(workload('some', { containers: [container(changes)] }))).toEqual([
      { name: 'some-environment', data: { LEVEL: 'info' } },
    ]);
  });

  it('has a ConfigMap for each container where there are several, and none where there is nothing to say', () => {
    const all = [container({ name: 'main', environment: { A: '1' } }), container({ name: 'beside' })] as const;
    const first = container({ name: 'first', environment: { B: '2' } });
    const many = workload('some', { containers: all, preparation: [first] });
    expect(configMaps(many).map(({ name }) => name)).toEqual(['some-first-environment', 'some-main-environment']);
    expect(containerSpec(many, first).envFrom).toEqual([{ configMapRef: { name: 'some-first-environment' } }]);
    expect(containerSpec(many, all[1])).not.toHaveProperty('envFrom');
    expect(containerSpec(many, all[1])).not.toHaveProperty('env');
  });

  it('knows what only the running copy does, before what is made of it', () => {
    const environment = { URI: 'http://$(POD).some-peers:6335' };
    expect(spec({ environment, environmentFromPod: { POD: 'name' } }).env).toEqual([
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'URI', value: 'http://$(POD).some-peers:6335' },
    ]);
  });

  it('is refused when a setting names a variable of no other table, since it would stay as it is written', () => {
    expect(() => spec({ ...changes, environment: { URL: '$(WORDS)' } })).toThrow(
      'some: URL of container main refers to $(WORDS), which is not in its secretEnvironment or environmentFromPod (WORD)',
    );
  });
});

describe("a container's volumes", () => {
  const volumes: Workload['volumes'] = [
    { kind: 'persistent', name: 'data', size: '1Gi' },
    { kind: 'claim', name: 'other', claim: 'data-redis-0' },
    { kind: 'scratch', name: 'scratch', size: '16Mi' },
    { kind: 'scratch', name: 'memory', size: '8Mi', inMemory: true },
    { kind: 'files', name: 'configuration', files: { 'a.conf': 'a' } },
    { kind: 'secret-files', name: 'auth', secret: 'redis-auth', keys: { 'auth.conf': 'own.conf' } },
  ];

  it('are mounted where it says; configuration and secrets only to read', () => {
    const mounts = { data: '/data', configuration: '/etc/some', auth: '/etc/auth', scratch: '/tmp' };
    expect(spec({ mounts }, { volumes }).volumeMounts).toEqual([
      { name: 'data', mountPath: '/data' },
      { name: 'configuration', mountPath: '/etc/some', readOnly: true },
      { name: 'auth', mountPath: '/etc/auth', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
    ]);
  });

  it('come from claims, from the node with a limit, from ConfigMaps and from Secrets that only the group reads', () => {
    expect(podVolumes(workload('some', { volumes }))).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'some-data' } },
      { name: 'other', persistentVolumeClaim: { claimName: 'data-redis-0' } },
      { name: 'scratch', emptyDir: { sizeLimit: '16Mi' } },
      { name: 'memory', emptyDir: { sizeLimit: '8Mi', medium: 'Memory' } },
      { name: 'configuration', configMap: { name: 'some-configuration' } },
      {
        name: 'auth',
        secret: { secretName: 'redis-auth', defaultMode: 0o440, items: [{ key: 'auth.conf', path: 'own.conf' }] },
      },
    ]);
  });

  it('are left to the claim templates of a stateful workload', () => {
    const stateful = workload('some', { volumes, runs: { as: 'stateful', replicas: 1 } });
    expect(podVolumes(stateful).map(({ name }) => name)).not.toContain('data');
  });

  it('are refused when it mounts one that is not there', () => {
    expect(() => spec({ mounts: { date: '/data' } }, { volumes })).toThrow(
      'some: container main mounts date, which is no volume; there are data, other, scratch',
    );
  });

  it('of files are refused under the name of another ConfigMap', () => {
    const files = { kind: 'files', name: 'environment', files: {} } as const;
    const both = workload('some', { volumes: [files], containers: [container({ environment: { A: '1' } })] });
    expect(() => configMaps(both)).toThrow('some has two ConfigMaps named some-environment');
  });
});

describe("a container's probes", () => {
  it.each([
    [{ http: { path: '/ready', port: 'http' } }, { httpGet: { path: '/ready', port: 'http' } }],
    [{ tcp: { port: 'http' } }, { tcpSocket: { port: 'http' } }],
    [{ grpc: { port: 4317 } }, { grpc: { port: 4317 } }],
    [{ command: ['redis-cli', 'ping'] }, { exec: { command: ['redis-cli', 'ping'] } }],
  ])('ask %o', (question, asked) => {
    const probe = { ...question, ...timing };
    const { startupProbe, livenessProbe, readinessProbe } = spec({ probes: { startup: probe, readiness: probe } });
    expect(startupProbe).toEqual({ ...asked, ...timing });
    expect(readinessProbe).toEqual({ ...asked, ...timing });
    expect(livenessProbe).toBeUndefined();
  });

  it('kill what hangs after a time of its own', () => {
    const liveness = { tcp: { port: 'http' }, ...timing };
    expect(spec({ probes: { liveness } }).livenessProbe).toEqual({ tcpSocket: { port: 'http' }, ...timing });
    const killing = spec({ probes: { liveness: { ...liveness, graceSeconds: 15 } } });
    expect(killing.livenessProbe).toMatchObject({ terminationGracePeriodSeconds: 15 });
  });

  it('are refused for a port that the container does not have', () => {
    const liveness = { tcp: { port: 'metrics' }, ...timing };
    expect(() => spec({ probes: { liveness } })).toThrow(
      'some: a probe of container main asks its port metrics; it has http',
    );
  });
});
