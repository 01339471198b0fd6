import { z } from 'zod';
import { variables, type VariableName } from '../../../service/contract/config.ts';
import { longestStreamSeconds } from '../../../service/contract/http.ts';
import { externalConnection, externalLink, type Connection, type Link } from '../../connection.ts';
import { credentialName, external, refuseUnknown, replicas, resources, setting } from '../../settings.ts';
import service from '../../../service/package.json' with { type: 'json' };

/** Variables that the program derives from the rest of the configuration, so that they cannot contradict it. */
const derivedVariables: readonly string[] = [
  'HOST',
  'PORT',
  'ENVIRONMENT',
  'REQUEST_TIMEOUT_SECS',
  'SHUTDOWN_DRAIN_SECS',
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'REDIS_URL',
  'LLM_BASE_URL',
  'LLM_API_KEY',
  'OPENAI_API_KEY',
  'QDRANT_URL',
  'QDRANT_API_KEY',
  'QDRANT_REPLICATION_FACTOR',
  'TEI_URL',
  'MODELS_FILE',
  'TRUSTED_PROXIES',
  'DATA_DIR',
  'CORPUS_DIR',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER_ARG',
  'SENTRY_DSN',
];

/** Whether a variable follows from the rest of the configuration. */
export const isDerived = (variable: string): boolean => derivedVariables.includes(variable);

/** A secret never is: these are in a ConfigMap. */
const settable = variables()
  .filter(({ name, meta }) => !meta.secret && !isDerived(name))
  .map(({ name }) => name);

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, { error: 'a digest: sha256: and 64 hexadecimal digits' });

const image = z.strictObject({
  repository: setting(
    z.string().min(1).default('ghcr.io/ballast/ballast-api'),
    'Where the image is.',
    'registry.example.com/ballast-api',
  ),
  tag: setting(
    z
      .string()
      .regex(/^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, { error: 'a tag, but not latest' })
      .default(service.version),
    "Tag of the image; the service's own version unless set.",
    '1.4.2',
  ),
  digest: setting(digest.optional(), 'Digest of the image. Delivery passes what it built.', `sha256:${'0'.repeat(64)}`),
  build: setting(
    z.boolean().default(false),
    'Build the image from this repository and push it to `repository` with this tag; needs Docker, also in a preview.',
    true,
  ),
  platform: setting(z.string().default('linux/amd64'), 'Platform that `build` builds for.', 'linux/arm64'),
  lookUpDigest: setting(
    z.boolean().default(false),
    "Ask the registry for the tag's digest where `digest` is absent; needs Docker.",
    true,
  ),
});

const scaling = z
  .strictObject({
    min: setting(z.int().min(1).max(100).default(3), 'Fewest copies.', 3),
    max: setting(z.int().min(1).max(100).default(10), 'Most copies.', 10),
    cpuPercent: setting(z.int().min(10).max(100).default(70), 'Percent of the CPU request that adds copies.', 70),
    memoryPercent: setting(
      z.int().min(10).max(100).default(85),
      'Percent of the memory request that adds copies; high, since a V8 heap rarely shrinks.',
      85,
    ),
    queriesPerReplica: setting(
      z.int().min(1).max(10_000).default(20),
      'Active queries that one copy bears; needs KEDA and a Prometheus.',
      20,
    ),
    scaleDownSeconds: setting(z.int().min(0).max(3600).default(300), 'Seconds of lower load before a copy goes.', 300),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'at least min' });

const canary = z.strictObject({
  digest: setting(digest, 'Digest of the image to try, from the same repository.', `sha256:${'0'.repeat(64)}`),
  weight: setting(z.int().min(0).max(100), 'Percent of the requests from outside that it gets.', 10),
});

const sentry = z.strictObject({
  credential: setting(credentialName, 'Credential that holds the DSN.', 'sentryDsn'),
  url: setting(
    z.url({ protocol: /^https?$/, error: 'a URL that starts with https:// or http://' }).default('https://sentry.io'),
    "Where the DSN leads, without its key and its path; any of Sentry's own hosts is reached alike.",
    'https://sentry.example.com',
  ),
  egress: external.egress,
});

const shape = z.strictObject({
  image: setting(image.prefault({}), 'The image that runs.', { tag: '1.4.2' }),
  replicas: replicas(1, 100),
  scaling: setting(scaling.optional(), 'Copies by load, in place of `replicas`.', { min: 3, max: 10 }),
  canary: setting(canary.optional(), 'A second instance behind the same route.', {
    digest: `sha256:${'0'.repeat(64)}`,
    weight: 10,
  }),
  requestTimeoutSeconds: setting(
    // SHUTDOWN_DRAIN_SECS is 5 more, and at most 600.
    z.number().min(1).max(595).default(60),
    'Longest time for one request; the drain at the end of a pod follows from it.',
    60,
  ),
  tracesRatio: setting(
    z.number().min(0).max(1).default(1),
    'Share of traces that the API records and sends where its caller has not decided; of failed and slow requests always ' +
      'the span of the request. Needs the collector.',
    0.1,
  ),
  sentry: setting(sentry.optional(), 'Sentry, which incidents are reported to.', { credential: 'sentryDsn' }),
  environment: setting(
    z.partialRecord(z.enum(settable as [VariableName, ...VariableName[]]), z.string()).default({}),
    "Further variables of the service, as the handbook's page of configuration has them.",
    { RATE_LIMIT_PER_MINUTE: '600' },
  ),
  egress: setting(
    external.egress,
    'Addresses of the identity provider in JWKS_URL, where that is not a public name on port 443 or a service in the cluster.',
    { cidrs: ['10.1.2.0/24'] },
  ),
  resources: resources('250m', '1', '256Mi', '512Mi'),
});

/** Configuration `ballast:api`. */
export const apiSettings = shape.superRefine((settings, issues) => {
  if (issues.issues.length > 0) return;
  refuseUnknown(() => identityProviderConnections(settings), issues);
  refuseUnknown(() => sentryLink(settings), issues, ['sentry']);
});

/** Configuration `ballast:api`, with its defaults. */
export type ApiSettings = z.output<typeof shape>;

/**
 * The way to the identity provider, when there is one: the keys that check tokens are fetched there.
 *
 * @throws when its URL does not tell where it is, and `egress` does not either.
 */
export function identityProviderConnections({ environment, egress }: ApiSettings): Connection[] {
  const { JWKS_URL: url } = environment;
  return url === undefined ? [] : [externalConnection(url, egress)];
}

/** How Sentry is reached, and the secret with its DSN; `undefined` when nothing is reported. */
export function sentryLink({ sentry }: ApiSettings): Link | undefined {
  return sentry && externalLink(sentry, { secret: 'sentry', key: 'dsn' });
}

/** Duration from which the service takes a request for slow, in seconds. To the service an empty variable is not set. */
export function slowSeconds({ environment }: ApiSettings): number {
  const fallback = variables().find(({ name }) => name === 'TRACE_SLOW_SECS')?.default;
  return Number(environment.TRACE_SLOW_SECS || fallback);
}

/** What an answer takes at most, in seconds: to its first token, or as a stream in all, which begins with the request. */
export function longestAnswerSeconds({ requestTimeoutSeconds }: ApiSettings): number {
  return Math.max(requestTimeoutSeconds, longestStreamSeconds);
}

/** The image of the API by tag: `registry.example.com/ballast-api:1.4.2`. */
export const imageName = ({ repository, tag }: ApiSettings['image']): string => `${repository}:${tag}`;
