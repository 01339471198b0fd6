import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import type { SecretDescription } from '../secret.ts';
import type { Workload } from '../workload.ts';
import { podTemplate } from './pod.ts';

const secret = (name: string, rotation: number): SecretDescription => ({
  name,
  rotation,
  keys: { password: { from: 'generated', length: 32 } },
});
const secrets = (...all: SecretDescription[]) => new Map(all.map((each) => [each.name, each]));
const pod = (changes: Partial<Workload> = {}, known = secrets()) =>
  podTemplate(workload('some', changes), { stack: 'test', secrets: known });

describe('a pod', () => {
  it('is what Pod Security calls restricted, whatever the workload', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const containers = fc.uniqueArray(names, { minLength: 1 }).map((all) => all.map((name) => container({ name })));
    fc.assert(
      fc.property(containers, containers, fc.boolean(), fc.integer({ min: 1 }), (main, preparation, access, uid) => {
        const { spec } = pod({
          containers: main as [(typeof main)[number]],
          preparation,
          user: { uid, gid: uid },
          traits: access ? { kubernetesAccess: { scope: 'namespace', rules: [] } } : {},
        });
        expect(spec.securityContext).toEqual({
          runAsNonRoot: true,
          runAsUser: uid,
          runAsGroup: uid,
          fsGroup: uid,
          fsGroupChangePolicy: 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(spec).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: access });
        expect(spec.serviceAccountName).toBe('some');
        const all = [...(spec.containers as object[]), ...(spec.initContainers as object[])];
        expect(all).toHaveLength(main.length + preparation.length);
        for (const each of all) {
          expect(each).toMatchObject({
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            resources: {
              requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '50Mi' },
              limits: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '256Mi' },
            },
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is refused as root', () => {
    expect(() => pod({ user: { uid: 0, gid: 0 } })).toThrow('some runs as user 0');
  });

  it('has the labels of its workload', () => {
    expect(pod().metadata.labels).toEqual({
      'app.kubernetes.io/name': 'some',
      'app.kubernetes.io/component': 'some-component',
      'app.kubernetes.io/part-of': 'ballast',
      'app.kubernetes.io/instance': 'test',
      'app.kubernetes.io/managed-by': 'pulumi',
    });
  });

  it('spreads its copies when some must stay available', () => {
    expect(pod().spec).not.toHaveProperty('topologySpreadConstraints');
    expect(pod({ traits: { minAvailable: 1 } }).spec.topologySpreadConstraints).toHaveLength(2);
  });
});

describe('a pod that stops', () => {
  it('sleeps first, in every container, and is given the whole time', () => {
    const both = [container({ name: 'main' }), container({ name: 'beside' })] as const;
    const { spec } = pod({ containers: both, stopping: { delaySeconds: 10, graceSeconds: 90 } });
    expect(spec.terminationGracePeriodSeconds).toBe(90);
    for (const each of spec.containers as { lifecycle?: object }[]) {
      expect(each.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    }
  });

  it('stops at once within half a minute when nothing is said', () => {
    const { spec } = pod();
    expect(spec.terminationGracePeriodSeconds).toBe(30);
    expect((spec.containers as object[])[0]).not.toHaveProperty('lifecycle');
  });

  it('is refused when it would be killed in its sleep', () => {
    expect(() => pod({ stopping: { delaySeconds: 10, graceSeconds: 10 } })).toThrow(
      'some waits 10 s before it stops, but is killed after 10 s',
    );
  });
});

describe('what rolls the pods', () => {
  const checksum = (changes: Partial<Workload>) => pod(changes).metadata.annotations['ballast.dev/configuration'];
  const files = (text: string): Partial<Workload> => ({
    volumes: [{ kind: 'files', name: 'configuration', files: { 'a.conf': text } }],
  });
  const told = (environment: Record<string, string>): Partial<Workload> => ({
    containers: [container({ environment, secretEnvironment: { WORD: { secret: 'one', key: 'password' } } })],
  });

  it('is each change of a file or a setting, also of one made from a secret', () => {
    const all = [
      checksum({}),
      ...['a', 'b'].map((text) => checksum(files(text))),
      ...['a', 'b'].map((text) => checksum(told({ SOME: text }))),
      ...['a', 'b'].map((text) => checksum(told({ SOME: `$(WORD)${text}` }))),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const each of all) expect(each).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is not the order in which settings are written down', () => {
    expect(checksum(told({ A: '1', B: '2' }))).toBe(checksum(told({ B: '2', A: '1' })));
  });

  it('is the counter of exactly the secrets whose values the pod holds', () => {
    const known = secrets(secret('one', 3), secret('two', 1), secret('other', 7));
    const holds: Partial<Workload> = {
      containers: [container({ secretEnvironment: { WORD: { secret: 'two', key: 'password' } } })],
      volumes: [{ kind: 'secret-files', name: 'auth', secret: 'one', keys: { password: 'word' } }],
    };
    expect(pod(holds, known).metadata.annotations['ballast.dev/rotation']).toBe('one=3,two=1');
    expect(pod({}, known).metadata.annotations).not.toHaveProperty('ballast.dev/rotation');
  });

  it('counts the secrets of its preparation, too', () => {
    const reads = container({ secretEnvironment: { WORD: { secret: 'one', key: 'password' } } });
    const { annotations } = pod({ preparation: [reads] }, secrets(secret('one', 2))).metadata;
    expect(annotations['ballast.dev/rotation']).toBe('one=2');
  });
});
