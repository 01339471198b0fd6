import { describe, expect, it } from 'vitest';
import { stackSchema } from '../../infra/config.ts';
import { clusterChecks } from './checks.ts';
import type { Cluster } from './cluster.ts';

/** What the check of storage classes says of a configuration, on a cluster with the class `disk` alone. */
async function storageProblem(keys: object, fallback?: string): Promise<string | undefined> {
  const check = clusterChecks(stackSchema.parse(keys)).find(({ name }) => name === 'storage classes');
  const cluster = { storageClasses: () => Promise.resolve({ names: ['disk'], fallback }) };
  return check?.run(cluster as unknown as Cluster);
}

const none = 'there is no storage class fast; there are disk';
const fast = { class: 'fast' };
const disk = { class: 'disk' };

/** Every volume has the class that is there. */
const named = {
  qdrant: { storage: disk, snapshots: disk },
  tei: { storage: disk },
  redis: { storage: disk },
  mlflow: { storage: disk },
  jaeger: { storage: disk },
  loki: { storage: disk },
  prometheus: { storage: disk },
  alertmanager: { storage: disk },
  backup: { storage: disk },
};

describe('the check of storage classes', () => {
  it('is content with the default class, and needs none where every volume names one', async () => {
    expect(await storageProblem({}, 'disk')).toBeUndefined();
    expect(await storageProblem(named)).toBeUndefined();
    expect(await storageProblem({})).toMatch(/^no storage class is the default/);
  });

  it.each(Object.keys(named))('asks for that of the volumes of %s', async (part) => {
    expect(await storageProblem({ ...named, [part]: { storage: fast } }, 'disk')).toBe(none);
  });

  it("asks for that of Qdrant's snapshots", async () => {
    expect(await storageProblem({ ...named, qdrant: { storage: disk, snapshots: fast } })).toBe(none);
  });

  it('asks for none where there is no volume', async () => {
    const credentials = { accessKey: 'key', secretKey: 'secret' };
    const elsewhere = {
      ...named,
      jaeger: { use: 'off', storage: fast },
      mlflow: {
        database: { address: 'postgresql://postgres.databases:5432', credential: 'url' },
        artifacts: { destination: 's3://models/mlflow', ...credentials },
        storage: fast,
      },
      alertmanager: { storage: fast },
      backup: { objectStorage: { bucket: 'acme-backups' }, storage: fast },
      cluster: { prometheusOperator: true },
      prometheus: { use: 'operator' },
    };
    expect(await storageProblem(elsewhere)).toBeUndefined();
  });
});

describe('the checks of what the configuration says that the cluster has', () => {
  const bare = { serves: () => Promise.resolve(false), has: () => Promise.resolve(false) };

  /** Name and problem of each check that such a configuration adds to a stack's. */
  async function added(keys: object): Promise<(readonly [string, string | undefined])[]> {
    const without = new Set(clusterChecks(stackSchema.parse({})).map(({ name }) => name));
    const checks = clusterChecks(stackSchema.parse(keys)).filter(({ name }) => !without.has(name));
    return Promise.all(checks.map(async ({ name, run }) => [name, await run(bare as unknown as Cluster)] as const));
  }

  it('are those of a class for snapshots of volumes, and of what makes them', async () => {
    const volumeSnapshotClass = 'volumesnapshotclasses.snapshot.storage.k8s.io csi';
    expect(await added({ cluster: { snapshotClass: 'csi' } })).toEqual([
      ['VolumeSnapshot (snapshot.storage.k8s.io/v1)', 'the cluster does not serve it: install a snapshot controller'],
      [volumeSnapshotClass, `there is no ${volumeSnapshotClass}`],
    ]);
  });

  it('are those of a KEDA that knows what a stack asks of it', async () => {
    expect(await added({ cluster: { keda: true } })).toEqual([
      [
        'ScaledObject (keda.sh/v1alpha1)',
        'the cluster does not serve it: install KEDA, 2.17 or newer, or set cluster.keda: false',
      ],
      ['namespaces keda', 'there is no namespaces keda'],
    ]);
  });

  it('are the namespace of cert-manager where the Prometheus of the stack asks it', async () => {
    const keys = (use: string) => ({
      cluster: {
        certManager: true,
        prometheusOperator: use === 'operator',
        namespaces: { certManager: 'certificates' },
      },
      gateway: {
        form: 'ingress',
        host: 'api.example.com',
        tls: { issuer: { name: 'letsencrypt' } },
        from: { cidrs: ['192.0.2.0/24'] },
      },
      prometheus: { use },
    });
    const names = async (use: string) => (await added(keys(use))).map(([name]) => name);
    expect(await names('bundled')).toContain('namespaces certificates');
    expect(await names('operator')).not.toContain('namespaces certificates');
  });
});
