import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseStackFile } from '../../infra/render/stack-file.ts';
import { root } from '../processes.ts';

/** Where the stand-ins for providers of models are, as pods reach them. */
export interface Providers {
  /** Answers at once. */
  readonly fast: string;
  /** Takes its time. */
  readonly slow: string;
}

/** What LiteLLM serves under a name, from an address that the network policy opens. */
const served = (apiBase: string) => ({
  provider: 'openai/standin',
  apiBase,
  egress: { cidrs: [`${new URL(apiBase).hostname}/32`] },
  credential: 'standin',
  pricePer1k: { input: 0.0001, output: 0.0001 },
  contextTokens: 32_768,
});

const small = (cpu: string, memory: string, limit: string) => ({
  cpu: { request: cpu, limit: '2' },
  memory: { request: memory, limit },
});

/**
 * The stack prod on one node of two processors: its parts and copies, with less reserved for each. What one node cannot have is
 * another way: one node of Qdrant, MLflow with its volume in place of PostgreSQL, no cert-manager and no KEDA. Times that a
 * person waits for are shortened: the scaling down, and a breaker's rest.
 */
export function proofConfiguration({ fast, slow }: Providers): Record<string, unknown> {
  const prod = parseStackFile(readFileSync(join(root, 'Pulumi.prod.yaml'), 'utf8'));
  const part = (name: string, changes: object): [string, object] => [
    `ballast:${name}`,
    { ...(prod[`ballast:${name}`] as object), ...changes },
  ];
  const mode = (model: string) => ({ model, temperature: 0.3, fallback: null });
  return {
    ...prod,
    'ballast:namespace': proofNamespace,
    'ballast:credentials': { standin: 'sk-standin' },
    'ballast:models': {
      served: { fast: served(fast), slow: { ...served(slow), breaker: { slowCallSecs: 60 } } },
      modes: { creative: mode('slow'), balanced: mode('fast'), fast: mode('fast') },
    },
    ...Object.fromEntries([
      part('cluster', { certManager: false, keda: false }),
      part('api', {
        scaling: { min: 3, max: 4, scaleDownSeconds: 15 },
        resources: small('100m', '384Mi', '512Mi'),
        environment: { RATE_LIMIT_PER_MINUTE: '1000000', CIRCUIT_BREAKER_TIMEOUT_SECS: '10' },
      }),
      part('gateway', { host: proofHost, gateway: { name: 'public', namespace: 'gateways', sectionName: 'web' } }),
      part('qdrant', {
        replicas: 1,
        storage: { size: '1Gi' },
        snapshots: { size: '1Gi' },
        resources: small('50m', '128Mi', '512Mi'),
      }),
      part('backup', { storage: { size: '1Gi' } }),
      part('tei', { resources: small('50m', '256Mi', '512Mi') }),
      part('litellm', { resources: small('50m', '384Mi', '1Gi') }),
      part('redis', { maxMemory: '64mb', storage: { size: '1Gi' }, resources: small('50m', '64Mi', '128Mi') }),
      // Without the database that the one of prod is configured with.
      ['ballast:mlflow', { storage: { size: '1Gi' }, resources: small('20m', '512Mi', '1Gi') }],
      part('prometheus', { storage: { size: '1Gi' }, resources: small('25m', '128Mi', '512Mi') }),
      part('jaeger', { storage: { size: '1Gi' }, resources: small('20m', '64Mi', '512Mi') }),
      part('loki', { storage: { size: '1Gi' }, resources: small('20m', '128Mi', '512Mi') }),
    ]),
  };
}

/** Text of the file of a stack with this configuration. */
export const stackFile = (configuration: Record<string, unknown>): string => stringify({ config: configuration });

/** Name of the stack, and its namespace. */
export const proofStackName = 'proof';
export const proofNamespace = 'ballast-proof';

/** Host name that its route is for. */
export const proofHost = 'api.example.com';
