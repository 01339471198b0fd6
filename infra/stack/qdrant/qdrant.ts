import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription, SecretReference } from '../../secret.ts';
import type { Container, Workload } from '../../workload.ts';
import { qdrantKey, qdrantPorts as ports, type QdrantSettings } from './settings.ts';

/** What Qdrant is made from. */
export interface QdrantArgs extends QdrantSettings {
  readonly images: ImageOverrides;
  /** Rotations of the secret `qdrant-keys`. */
  readonly rotation: number;
  /** Protect the volumes. */
  readonly keepData: boolean;
}

const previousApiKey: SecretReference = { secret: 'qdrant-keys', key: 'api-key-previous' };
const readOnlyApiKey: SecretReference = { secret: 'qdrant-keys', key: 'read-only-api-key' };

/** Qdrant with two keys: a full one, and a read-only one for its metrics. Several nodes form a cluster. */
export function describeQdrant(args: QdrantArgs): PartDescription {
  return { secrets: [keys(args.rotation)], workloads: [workload(args)] };
}

/** The part Qdrant. */
export class Qdrant extends Part {
  constructor(args: QdrantArgs, platform: Platform, options?: PartOptions) {
    super('Qdrant', 'qdrant', describeQdrant(args), platform, options);
  }
}

/** The key before the last rotation stays valid, so that clients and nodes may roll one after the other. */
function keys(rotation: number): SecretDescription {
  return {
    name: 'qdrant-keys',
    rotation,
    keys: {
      'api-key': { from: 'generated', length: 40 },
      'api-key-previous': { from: 'previous', key: 'api-key' },
      'read-only-api-key': { from: 'generated', length: 40 },
    },
  };
}

function workload(args: QdrantArgs): Workload {
  const clustered = args.replicas > 1;
  return {
    name: 'qdrant',
    component: 'vector-store',
    // In parallel, since a node is ready only when it has joined; after an outage of all, none would be there to join.
    runs: { as: 'stateful', replicas: args.replicas, start: 'parallel' },
    // USER_ID of the unprivileged image: .github/workflows/docker-image.yml and Dockerfile of github.com/qdrant/qdrant
    user: { uid: 1000, gid: 1000 },
    containers: [container(args, clustered)],
    volumes: [
      { kind: 'persistent', name: 'storage', size: args.storage.size, storageClass: args.storage.class },
      // A volume of its own, so that a snapshot in the making never fills the one with the data.
      { kind: 'persistent', name: 'snapshots', size: args.snapshots.size, storageClass: args.snapshots.class },
      { kind: 'scratch', name: 'init', size: '1Mi' },
    ],
    // Nodes fetch whole shards from each other over HTTP, beside what they say on the port for peers:
    // https://qdrant.tech/documentation/guides/distributed_deployment/#shard-transfer-method
    connections: clustered
      ? [
          { to: 'workload', workload: 'qdrant', port: 'peer' },
          { to: 'workload', workload: 'qdrant', port: 'http' },
        ]
      : [],
    stopping: { delaySeconds: 3, graceSeconds: 60 },
    traits: { keepData: args.keepData, ...(clustered && { minAvailable: args.replicas - 1 }) },
  };
}

function container(args: QdrantArgs, clustered: boolean): Container {
  const { http, grpc, peer } = ports;
  // https://qdrant.tech/documentation/guides/monitoring/: the three paths need no key, /metrics does.
  const alive = { http: { path: '/livez', port: 'http' }, timeoutSeconds: 5 } as const;
  return {
    name: 'qdrant',
    image: imageReference('qdrant', args.images),
    // Not the image's script: bash, as the first process, would end at SIGTERM before Qdrant has written everything.
    command: ['./qdrant'],
    environment: { ...settings, ...(clustered && clusterSettings(args.bootstrapNode)) },
    secretEnvironment: {
      QDRANT__SERVICE__API_KEY: qdrantKey,
      QDRANT__SERVICE__ALT_API_KEY: previousApiKey,
      QDRANT__SERVICE__READ_ONLY_API_KEY: readOnlyApiKey,
    },
    ...(clustered && { environmentFromPod: { POD_NAME: 'name' } }),
    ports: [
      { name: 'http', number: http, metrics: { bearer: readOnlyApiKey } },
      { name: 'grpc', number: grpc },
      ...(clustered ? [{ name: 'peer', number: peer, peersOnly: true }] : []),
    ],
    mounts: { storage: '/qdrant/storage', snapshots: '/qdrant/snapshots', init: '/qdrant/init' },
    probes: {
      // It listens once every collection is loaded, and a node that joins has the state of the cluster.
      startup: { ...alive, periodSeconds: 5, failureThreshold: 180 },
      liveness: { ...alive, periodSeconds: 10, failureThreshold: 6 },
      readiness: {
        http: { path: '/readyz', port: 'http' },
        periodSeconds: 5,
        timeoutSeconds: 3,
        failureThreshold: 3,
      },
    },
    resources: args.resources,
  };
}

/**
 * https://qdrant.tech/documentation/guides/configuration/. `QDRANT_INIT_FILE_PATH` is a file that it writes when it has
 * started, by default in its working directory, which is read-only. Snapshots are never fetched from a URL that a caller
 * gives.
 */
const settings: Readonly<Record<string, string>> = {
  QDRANT_INIT_FILE_PATH: '/qdrant/init/.qdrant-initialized',
  QDRANT__LOGGER__FORMAT: 'json',
  QDRANT__SERVICE__ENABLE_CORS: 'false',
  QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY: 'false',
  QDRANT__SERVICE__ENABLE_STATIC_CONTENT: 'false',
  QDRANT__STORAGE__TEMP_PATH: '/qdrant/snapshots',
  QDRANT__TELEMETRY_DISABLED: 'true',
};

/**
 * All nodes have the same settings: one whose own URI is the one to join through is the first of a new cluster, and one that
 * has state on its volume joins by that and ignores both (src/main.rs and src/consensus.rs of Qdrant 1.19).
 */
function clusterSettings(bootstrapNode: number): Record<string, string> {
  return {
    QDRANT__CLUSTER__ENABLED: 'true',
    QDRANT_URI: `http://$(POD_NAME).qdrant-peers:${ports.peer}`,
    QDRANT_BOOTSTRAP: `http://qdrant-${bootstrapNode}.qdrant-peers:${ports.peer}`,
  };
}
