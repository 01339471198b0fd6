import { externalConnection, externalLink, type Connection, type Link } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription, SecretReference, SecretSource } from '../../secret.ts';
import type { Container, Probe, Workload } from '../../workload.ts';
import type { MlflowSettings } from './settings.ts';

/** What MLflow is made from. */
export interface MlflowArgs extends MlflowSettings {
  readonly images: ImageOverrides;
  /** Of the stack: its names in the cluster end with it. */
  readonly namespace: string;
  /** Rotations of the secret `mlflow-store`. */
  readonly rotation: number;
  /** Protect the volume. */
  readonly keepData: boolean;
}

const port = 5001;

/**
 * How to reach MLflow; `undefined` when it is off. Traces go to `/v1/traces` below the URL, as OTLP over HTTP, with the header
 * `x-mlflow-experiment-id`: https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest
 */
export function mlflowLink(settings: MlflowSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'external') return externalLink(settings);
  return { url: `http://mlflow:${port}`, connection: { to: 'workload', workload: 'mlflow', port: 'http' } };
}

/** MLflow's server, in one copy: it changes its database's tables at the start of a new version. */
export function describeMlflow(args: MlflowArgs): PartDescription {
  const { database, artifacts } = args;
  const needsVolume = database === undefined || artifacts === undefined;
  const workload: Workload = {
    name: 'mlflow',
    component: 'experiment-tracking',
    runs: needsVolume ? { as: 'stateful', replicas: 1 } : { as: 'service', replicas: 1, update: 'recreate' },
    // Any will do: the image's own is root. https://github.com/mlflow/mlflow/blob/master/docker/Dockerfile.full
    user: { uid: 10001, gid: 10001 },
    containers: [container(args, needsVolume)],
    volumes: [
      ...(needsVolume
        ? [{ kind: 'persistent', name: 'data', size: args.storage.size, storageClass: args.storage.class } as const]
        : []),
      // Uploads pass through it.
      { kind: 'scratch', name: 'temporary', size: '1Gi' },
    ],
    connections: connections(args),
    stopping: { delaySeconds: 5, graceSeconds: 35 },
    traits: { keepData: args.keepData },
    policyExceptions: {
      'scrape-target': 'It serves no metrics; the alert MlflowUnavailable tells when it is not ready.',
    },
  };
  return { secrets: secrets(args), workloads: [workload] };
}

/** The part MLflow. */
export class Mlflow extends Part {
  constructor(args: MlflowArgs, platform: Platform, options?: PartOptions) {
    super('Mlflow', 'mlflow', describeMlflow(args), platform, options);
  }
}

function connections({ database, artifacts }: MlflowArgs): Connection[] {
  return [
    ...(database ? [externalConnection(database.address, database.egress)] : []),
    ...(artifacts ? [storageConnection(artifacts)] : []),
  ];
}

function storageConnection({ endpoint, egress }: NonNullable<MlflowSettings['artifacts']>): Connection {
  return endpoint === undefined ? { to: 'internet' } : externalConnection(endpoint, egress);
}

function secrets({ database, artifacts, rotation }: MlflowArgs): SecretDescription[] {
  const keys: Record<string, SecretSource> = {
    ...(database && { url: { from: 'credential', credential: database.credential } }),
    ...(artifacts && {
      'access-key': { from: 'credential', credential: artifacts.accessKey },
      'secret-key': { from: 'credential', credential: artifacts.secretKey },
    }),
  };
  // Encrypts the keys that users store in MLflow. Without it a passphrase from MLflow's source does. It has no rotation of ours,
  // since a new one must come with `mlflow crypto rotate-kek`: https://mlflow.org/docs/latest/cli.html
  const passphrase: SecretDescription = {
    name: 'mlflow-encryption',
    rotation: 1,
    keys: { passphrase: { from: 'generated', length: 48 } },
  };
  return Object.keys(keys).length === 0 ? [passphrase] : [passphrase, { name: 'mlflow-store', rotation, keys }];
}

/** Options and variables: https://mlflow.org/docs/latest/cli.html#mlflow-server */
function container(args: MlflowArgs, needsVolume: boolean): Container {
  const { database, artifacts } = args;
  return {
    name: 'mlflow',
    image: imageReference('mlflow', args.images),
    command: ['mlflow', 'server', ...serverOptions(args)],
    environment: {
      ...(!database && { MLFLOW_BACKEND_STORE_URI: 'sqlite:////data/mlflow.db' }),
      ...(artifacts?.endpoint !== undefined && { MLFLOW_S3_ENDPOINT_URL: artifacts.endpoint }),
      // Its runner of jobs is more processes of 250 MB each, for judges of answers that nothing here starts.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    secretEnvironment: {
      MLFLOW_CRYPTO_KEK_PASSPHRASE: { secret: 'mlflow-encryption', key: 'passphrase' },
      ...(database && { MLFLOW_BACKEND_STORE_URI: stored('url') }),
      ...(artifacts && { AWS_ACCESS_KEY_ID: stored('access-key'), AWS_SECRET_ACCESS_KEY: stored('secret-key') }),
    },
    ports: [{ name: 'http', number: port }],
    mounts: { ...(needsVolume && { data: '/data' }), temporary: '/tmp' },
    probes: {
      // The first start makes the tables.
      startup: healthy({ periodSeconds: 5, failureThreshold: 60 }),
      liveness: healthy({ periodSeconds: 15, failureThreshold: 4 }),
      readiness: healthy({ periodSeconds: 5, failureThreshold: 3 }),
    },
    resources: args.resources,
  };
}

const stored = (key: string): SecretReference => ({ secret: 'mlflow-store', key });

/** Host and port are said here, so that no MLFLOW_HOST or MLFLOW_PORT of the environment is read in their place. */
function serverOptions({ workers, artifacts, hosts, namespace }: MlflowArgs): string[] {
  return [
    ...['--host', '0.0.0.0'],
    ...['--port', String(port)],
    ...['--workers', String(workers)],
    '--serve-artifacts',
    ...['--artifacts-destination', artifacts?.destination ?? '/data/artifacts'],
    ...['--allowed-hosts', allowedHosts(namespace, hosts).join(',')],
  ];
}

/**
 * Its own names, and localhost for a forwarded port. The platform's probes come to the pod's address, but `/health` answers
 * under any name: https://mlflow.org/docs/latest/self-hosting/security/network
 */
function allowedHosts(namespace: string, further: readonly string[]): string[] {
  const suffixes = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`];
  const own = suffixes.map((suffix) => `mlflow${suffix}:${port}`);
  return [...own, 'localhost:*', '127.0.0.1:*', ...further];
}

function healthy(times: { periodSeconds: number; failureThreshold: number }): Probe {
  return { http: { path: '/health', port: 'http' }, timeoutSeconds: 5, ...times };
}
