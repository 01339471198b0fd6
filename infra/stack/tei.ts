import { z } from 'zod';
import { externalLink, type Link } from '../connection.ts';
import { imageReference, type ImageOverrides } from '../images.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../part.ts';
import { checkExternal, credentialName, external, replicas, resources, setting, storage, use } from '../settings.ts';
import type { Container, Probe } from '../workload.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  model: setting(
    z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, { error: 'a model of the Hugging Face Hub, such as BAAI/bge-small-en-v1.5' })
      .default('BAAI/bge-small-en-v1.5'),
    'Model of the Hugging Face Hub. Another one makes other vectors: all documents must be ingested again.',
    'intfloat/multilingual-e5-small',
  ),
  revision: setting(
    z
      .string()
      .regex(/^[0-9a-f]{40}$/, { error: 'a commit of the model: 40 hexadecimal digits' })
      // https://huggingface.co/BAAI/bge-small-en-v1.5/commits/main
      .default('5c38ec7c405ec4b44b94cc5a9bb96e735b38267a'),
    'Commit of the model, so that every copy makes the same vectors.',
    '5c38ec7c405ec4b44b94cc5a9bb96e735b38267a',
  ),
  credential: setting(
    credentialName.optional(),
    'Credential that holds a token of the Hugging Face Hub, for models that need one.',
    'huggingFace',
  ),
  replicas: replicas(1),
  storage: storage('2Gi'),
  resources: resources('250m', '2', '512Mi', '1536Mi'),
});

/** Configuration `ballast:tei`. */
export const teiSettings = checkExternal(shape, ['http', 'https']);

/** Configuration `ballast:tei`, with its defaults. */
export type TeiSettings = z.output<typeof teiSettings>;

/** What Text Embeddings Inference is made from. */
export interface TeiArgs extends TeiSettings {
  readonly images: ImageOverrides;
  /** Rotations of the secret `hugging-face`. */
  readonly rotation: number;
}

const port = 8080;

/** How to reach Text Embeddings Inference; `undefined` when it is off. */
export function teiLink(settings: TeiSettings): Link | undefined {
  if (settings.use === 'off') return undefined;
  if (settings.use === 'external') return externalLink(settings);
  return { url: `http://tei:${port}`, connection: { to: 'workload', workload: 'tei', port: 'http' } };
}

/** Text Embeddings Inference on CPUs, each copy with a volume for the weights that it fetches at its first start. */
export function describeTei(args: TeiArgs): PartDescription {
  const { credential, replicas } = args;
  return {
    ...(credential !== undefined && {
      secrets: [
        { name: 'hugging-face', rotation: args.rotation, keys: { token: { from: 'credential', credential } as const } },
      ],
    }),
    workloads: [
      {
        name: 'tei',
        component: 'embeddings',
        runs: { as: 'stateful', replicas, start: 'parallel' },
        // Any will do: the image sets none, its program is readable by all, and it writes only what is mounted here. Above
        // 10000, so that it is no user of the node.
        // https://github.com/huggingface/text-embeddings-inference/blob/main/Dockerfile
        user: { uid: 10001, gid: 10001 },
        containers: [container(args)],
        volumes: [
          { kind: 'persistent', name: 'weights', size: args.storage.size, storageClass: args.storage.class },
          { kind: 'scratch', name: 'temporary', size: '64Mi' },
        ],
        // The Hub sends the weights from a content network, so that there is no shorter list of addresses.
        connections: [{ to: 'internet' }],
        // It ends after the requests that run.
        stopping: { delaySeconds: 5, graceSeconds: 45 },
        traits: replicas > 1 ? { minAvailable: replicas - 1 } : {},
      },
    ],
  };
}

/** The part Text Embeddings Inference. */
export class Tei extends Part {
  constructor(args: TeiArgs, platform: Platform, options?: PartOptions) {
    super('Tei', 'tei', describeTei(args), platform, options);
  }
}

/** Arguments, variables and their defaults: https://huggingface.co/docs/text-embeddings-inference/cli_arguments */
function container(args: TeiArgs): Container {
  return {
    name: 'tei',
    image: imageReference('tei', args.images),
    // The host name stands here because Kubernetes sets HOSTNAME to the pod's name, which is no address to listen on; the
    // port because the image's is 80, which needs a right that the container does not have.
    args: Object.entries({
      'model-id': args.model,
      revision: args.revision,
      hostname: '0.0.0.0',
      port: String(port),
      'huggingface-hub-cache': '/data',
    })
      .flatMap(([name, value]) => [`--${name}`, value])
      .concat('--json-output'),
    environment: { HF_HOME: '/data' },
    ...(args.credential !== undefined && { secretEnvironment: { HF_TOKEN: { secret: 'hugging-face', key: 'token' } } }),
    // It serves /metrics beside its API: https://huggingface.github.io/text-embeddings-inference
    ports: [{ name: 'http', number: port, metrics: {} }],
    mounts: { weights: '/data', temporary: '/tmp' },
    probes: {
      // It listens only after it has fetched the weights and warmed up: 15 minutes at most.
      startup: healthy({ periodSeconds: 5, failureThreshold: 180 }),
      liveness: healthy({ periodSeconds: 10, failureThreshold: 6 }),
      readiness: healthy({ periodSeconds: 5, failureThreshold: 2 }),
    },
    resources: args.resources,
  };
}

/** The question waits behind the batch that runs, and runs the model itself while that failed. */
function healthy(times: { periodSeconds: number; failureThreshold: number }): Probe {
  return { http: { path: '/health', port: 'http' }, timeoutSeconds: 5, ...times };
}
