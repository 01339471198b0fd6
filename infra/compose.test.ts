import { beforeAll, describe, expect, it } from 'vitest';
import { platformArgs, Registered } from '../test/stack/realise.ts';
import { asConfiguration, configurationVariants, type Configuration } from '../test/stack/variants.ts';
import { compose } from './compose.ts';
import { KubernetesPlatform } from './kubernetes/platform.ts';
import type { Transforms } from './kubernetes/transforms.ts';
import { missingCredentials } from './missing-credentials.ts';
import { readStackConfig } from './read-config.ts';
import { collect } from './render/collect.ts';
import { secretNames } from './secret.ts';
import { Redis, redisSettings } from './stack/redis.ts';

const where = { project: 'ballast', stack: 'test' };
const variants = configurationVariants();

/** What a stack registers, every credential given. */
async function registered(configuration: Configuration = {}): Promise<Registered> {
  const config = readStackConfig(configuration);
  const given = Object.fromEntries(missingCredentials(config).map((name) => [name, 'given']));
  const credentials = { ...config.credentials, ...given };
  return new Registered(await collect(() => compose(config, { stack: 'test', credentials }), where));
}

const variant = (name: string) => registered(variants[name]);
const typeOf = (urn: string) => urn.replace(/^.*::(.*)::.*$/, '$1').replace(/^.*\$/, '');

describe('the tree of a stack', () => {
  let stack: Registered;
  beforeAll(async () => {
    stack = await registered();
  });

  it('has a component for each part, by its name', () => {
    const components = stack.all.filter(({ type }) => type.startsWith('ballast:stack:'));
    expect(components.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      'ballast:stack:Alertmanager alertmanager',
      'ballast:stack:Api api',
      'ballast:stack:Backup backup',
      'ballast:stack:Credentials credentials',
      'ballast:stack:Gateway gateway',
      'ballast:stack:Grafana grafana',
      'ballast:stack:Jaeger jaeger',
      'ballast:stack:KubeStateMetrics kube-state-metrics',
      'ballast:stack:LiteLlm litellm',
      'ballast:stack:Loki loki',
      'ballast:stack:Mlflow mlflow',
      'ballast:stack:OtelCollector otel-collector',
      'ballast:stack:Prometheus prometheus',
      'ballast:stack:Qdrant qdrant',
      'ballast:stack:Redis redis',
      'ballast:stack:Tei tei',
    ]);
  });

  it('has everything in the cluster, and every password, below a part or the namespace', () => {
    const owned = stack.all.filter(({ type }) => /^(kubernetes|random):/.test(type));
    expect(owned.length).toBeGreaterThan(100);
    for (const { urn, options } of owned) {
      expect(typeOf(options.parent), urn).toMatch(/^ballast:(stack|kubernetes):/);
    }
  });

  it('has each object below the part whose it is', () => {
    for (const [kind, name, part] of [
      ['Deployment', 'api', 'Api::api'],
      ['StatefulSet', 'redis', 'Redis::redis'],
      ['Secret', 'qdrant-keys', 'Qdrant::qdrant'],
      ['NetworkPolicy', 'litellm', 'LiteLlm::litellm'],
      ['CronJob', 'qdrant-snapshot', 'Backup::backup'],
      ['RandomPassword', 'api-keys-jwt-secret-1', 'Api::api'],
    ] as const) {
      expect(stack.get(kind, name).options.parent, `${kind} ${name}`).toMatch(new RegExp(`:${part}$`));
    }
  });

  it('has one provider of the cluster, which changes ConfigMaps and Secrets in place', () => {
    const providers = stack.all.filter(({ type }) => type.startsWith('pulumi:providers:'));
    expect(providers.map(({ type, inputs }) => [type, inputs])).toEqual([
      [
        'pulumi:providers:kubernetes',
        { enableServerSideApply: 'true', enableConfigMapMutable: 'true', enableSecretMutable: 'true' },
      ],
    ]);
    for (const { type, urn, options } of stack.all.filter((each) => each.type.startsWith('kubernetes:'))) {
      expect(options.provider, `${type} ${urn}`).toBe(`${providers[0]?.urn}::kubernetes-id`);
    }
  });

  it('goes to the context that the stack names', async () => {
    const named = await registered(asConfiguration({ context: 'prod-eu' }));
    expect(named.get('kubernetes', 'kubernetes').inputs).toMatchObject({ context: 'prod-eu' });
  });

  it('has no part that is off', async () => {
    const off = { use: 'off' };
    const small = { qdrant: off, tei: off, mlflow: off, jaeger: off, loki: off, otelCollector: off, grafana: off };
    const { all } = await registered(asConfiguration({ ...small, prometheus: off, alertmanager: off, backup: off }));
    const parts = all.filter(({ type }) => type.startsWith('ballast:stack:')).map(({ name }) => name);
    expect(parts.sort()).toEqual(['api', 'credentials', 'gateway', 'kube-state-metrics', 'litellm', 'redis']);
  });

  it('has the API after the parts that it calls', () => {
    expect(stack.dependencies('Deployment', 'api')).toEqual(
      expect.arrayContaining(['StatefulSet/redis', 'StatefulSet/qdrant', 'StatefulSet/tei', 'Deployment/litellm']),
    );
  });
});

describe('data', () => {
  const kept = { protect: true, retainOnDelete: true };
  const loose = { protect: false, retainOnDelete: false };

  it('survives mistakes in production: the namespace, volumes and the newest generated values', async () => {
    const stack = await variant('prod');
    expect(stack.get('Namespace', 'ballast-prod').options).toMatchObject(kept);
    // A StatefulSet's volumes stay by themselves, a claim only when it is told to.
    for (const name of ['redis', 'qdrant', 'prometheus', 'mlflow', 'jaeger', 'loki']) {
      expect(stack.get('StatefulSet', name).options.protect, name).toBe(true);
      expect(stack.get('StatefulSet', name).inputs, name).toMatchObject({
        spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } },
      });
    }
    const claims = stack.names('PersistentVolumeClaim');
    expect(claims).toContain('redis-backup-backups');
    for (const name of claims) expect(stack.get('PersistentVolumeClaim', name).options, name).toMatchObject(kept);
    // The weights of a model are fetched again, and who was told of an alert is soon out of date.
    for (const name of ['tei', 'alertmanager']) expect(stack.get('StatefulSet', name).options.protect).toBe(false);
    const passwords = stack.names('RandomPassword');
    expect(passwords.length).toBeGreaterThan(4);
    for (const name of passwords) expect(stack.get('RandomPassword', name).options.protect, name).toBe(true);
  });

  it('goes with the stack in development', async () => {
    for (const { urn, options } of (await variant('dev')).all) expect(options, urn).toMatchObject(loose);
  });
});

describe('a rotation', () => {
  it('is counted for each secret that there can be, in whichever part', async () => {
    const everything = asConfiguration({
      credentials: { deepinfra: 'x', hub: 'x', db: 'x', hook: 'x', access: 'x', secret: 'x', dsn: 'x', otel: 'x' },
      api: { sentry: { credential: 'dsn' } },
      otelCollector: { use: 'external', url: 'https://otel.example.com', credential: 'otel' },
      tei: { credential: 'hub' },
      mlflow: { database: { address: 'postgresql://db.data:5432', credential: 'db' } },
      alertmanager: { receivers: { critical: [{ type: 'webhook', credential: 'hook' }] } },
      backup: { objectStorage: { bucket: 'some', accessKey: 'access', secretKey: 'secret' } },
      rotation: Object.fromEntries(secretNames.map((name) => [name, 7])),
    });
    const secrets = (await registered(everything)).names('Secret').filter((name) => name !== 'mlflow-encryption');
    expect(secrets.sort()).toEqual([...secretNames]);
    const generated = (await registered(everything)).names('RandomPassword');
    expect(generated.filter((name) => !/-[67]$/.test(name))).toEqual(['mlflow-encryption-passphrase-1']);
    expect(generated.filter((name) => name.endsWith('-7')).length).toBeGreaterThan(4);
  });
});

describe('a transform of a part', () => {
  it('reaches the objects of its kind, and no others', async () => {
    const program = () => {
      const platform = new KubernetesPlatform(platformArgs());
      const args = { ...redisSettings.parse({}), images: {}, rotation: 1, keepData: false };
      const transform: Transforms = {
        statefulSet: (set, name) => ({ ...set, metadata: { name, annotations: { team: 'search' } } }),
      };
      new Redis(args, platform, { transform });
      platform.finish();
    };
    const stack = new Registered(await collect(program, where));
    const annotated = stack.all.filter(({ inputs }) => JSON.stringify(inputs).includes('"team":"search"'));
    expect(annotated.map(({ type, name }) => [type, name])).toEqual([['kubernetes:apps/v1:StatefulSet', 'redis']]);
    expect(annotated[0]?.inputs).toMatchObject({ metadata: { name: 'redis', annotations: { team: 'search' } } });
  });
});
