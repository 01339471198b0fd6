import { distinctConnections, externalConnection, externalLink, type Connection, type Link } from '../../connection.ts';
import { imageReference, type ImageOverrides } from '../../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription, SecretReference } from '../../secret.ts';
import type { Container, Probe } from '../../workload.ts';
import type { ModelSettings } from '../models.ts';
import {
  callSeconds,
  configurationFiles,
  providerVariable,
  usedCredentials,
  type ConfiguredBy,
} from './configuration.ts';
import type { LiteLlmSettings } from './settings.ts';

/** What LiteLLM is made from. */
export interface LiteLlmArgs extends LiteLlmSettings, ConfiguredBy {
  readonly images: ImageOverrides;
  /** Rotations by name of the secret. */
  readonly rotation: Readonly<Record<'litellm-keys' | 'provider-keys', number>>;
}

const port = 8001;
const masterKey: SecretReference = { secret: 'litellm-keys', key: 'master-key' };
const previousMasterKey: SecretReference = { secret: 'litellm-keys', key: 'master-key-previous' };

/** How to reach the models, `/v1` included; `undefined` when they are off. */
export function litellmLink(settings: LiteLlmSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'bundled') {
    const connection: Connection = { to: 'workload', workload: 'litellm', port: 'http' };
    return { url: `http://litellm:${port}/v1`, connection, secret: masterKey };
  }
  return externalLink(settings, masterKey);
}

/** LiteLLM's proxy, without a database. */
export function describeLiteLlm(args: LiteLlmArgs): PartDescription {
  const { models, longestSeconds, replicas } = args;
  return {
    secrets: secrets(args),
    workloads: [
      {
        name: 'litellm',
        component: 'model-proxy',
        runs: { as: 'service', replicas },
        // `nobody` of the image's base: https://github.com/BerriAI/litellm/blob/main/docker/Dockerfile.non_root
        user: { uid: 65534, gid: 65534 },
        containers: [container(args)],
        volumes: [
          { kind: 'files', name: 'configuration', files: configurationFiles(args) },
          { kind: 'scratch', name: 'temporary', size: '128Mi' },
        ],
        connections: providerConnections(models),
        // An answer that streams when it is told to stop is finished.
        stopping: { delaySeconds: 5, graceSeconds: callSeconds(longestSeconds) },
        traits: replicas > 1 ? { minAvailable: replicas - 1 } : {},
      },
    ],
  };
}

/** The part LiteLLM. */
export class LiteLlm extends Part {
  constructor(args: LiteLlmArgs, platform: Platform, options?: PartOptions) {
    super('LiteLlm', 'litellm', describeLiteLlm(args), platform, options);
  }
}

/** The master key before the last rotation stays valid, so that LiteLLM and its callers may roll one after the other. */
function secrets({ models, credentials, rotation }: LiteLlmArgs): SecretDescription[] {
  const used = usedCredentials(models, credentials);
  const own: SecretDescription = {
    name: 'litellm-keys',
    rotation: rotation['litellm-keys'],
    keys: {
      random: { from: 'generated', length: 40 },
      'random-previous': { from: 'previous', key: 'random' },
      // A master key must begin so: https://docs.litellm.ai/docs/proxy/virtual_keys
      'master-key': { from: 'template', template: 'sk-$(random)' },
      'master-key-previous': { from: 'template', template: 'sk-$(random-previous)' },
    },
  };
  if (used.length === 0) return [own];
  const keys = Object.fromEntries(used.map((name) => [name, { from: 'credential', credential: name } as const]));
  return [own, { name: 'provider-keys', rotation: rotation['provider-keys'], keys }];
}

/** Where the models are, each place once. */
function providerConnections({ served }: ModelSettings): Connection[] {
  const all = Object.values(served).map(({ apiBase, egress }): Connection =>
    apiBase === undefined ? { to: 'internet' } : externalConnection(apiBase, egress),
  );
  return distinctConnections(all);
}

function container(args: LiteLlmArgs): Container {
  const used = usedCredentials(args.models, args.credentials);
  return {
    name: 'litellm',
    image: imageReference('litellm', args.images),
    // One worker, as advised for Kubernetes: https://docs.litellm.ai/docs/proxy/prod
    args: ['--config', '/etc/litellm/config.yaml', '--host', '0.0.0.0', '--port', String(port)],
    environment: {
      // Prices of models from the package, in place of a file that it would fetch at its start.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      // No file `.env` is read: https://docs.litellm.ai/docs/proxy/prod
      LITELLM_MODE: 'PRODUCTION',
      // Nobody administers it by hand: its page needs a database. https://docs.litellm.ai/docs/proxy/ui
      DISABLE_ADMIN_UI: 'True',
      NO_DOCS: 'True',
      NO_REDOC: 'True',
      // The image's own are below its root, which is read-only.
      HOME: '/tmp',
      XDG_CACHE_HOME: '/tmp/.cache',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    secretEnvironment: {
      LITELLM_MASTER_KEY: masterKey,
      LITELLM_MASTER_KEY_PREVIOUS: previousMasterKey,
      ...Object.fromEntries(used.map((key) => [providerVariable(key), { secret: 'provider-keys', key }])),
    },
    // With the slash: without it comes a redirect. https://docs.litellm.ai/docs/proxy/prometheus
    ports: [{ name: 'http', number: port, metrics: { path: '/metrics/' } }],
    mounts: { configuration: '/etc/litellm', temporary: '/tmp' },
    probes: {
      startup: probe('/health/liveliness', { periodSeconds: 3, failureThreshold: 60 }),
      liveness: probe('/health/liveliness', { periodSeconds: 10, failureThreshold: 6 }),
      readiness: probe('/health/readiness', { periodSeconds: 5, failureThreshold: 3 }),
    },
    resources: args.resources,
  };
}

/** Not `/health`, which calls every model: https://docs.litellm.ai/docs/proxy/health */
function probe(path: string, times: { periodSeconds: number; failureThreshold: number }): Probe {
  return { http: { path, port: 'http' }, timeoutSeconds: 5, ...times };
}
