import type { Input } from '@pulumi/pulumi';
import { defaultPort, probes } from '../../../service/contract/http.ts';
import { ConfigError, parseConfig } from '../../../service/contract/parse-config.ts';
import type { Connection, Link, Source } from '../../connection.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { SecretDescription } from '../../secret.ts';
import type { Container, Workload } from '../../workload.ts';
import { apiUser } from '../api-image.ts';
import { apiEnvironment } from './environment.ts';
import { identityProviderConnections, imageName, type ApiSettings } from './settings.ts';

/** What the API is made from. */
export interface ApiArgs extends ApiSettings {
  /** Reference of the image, with its digest where that is known. */
  readonly imageReference: Input<string>;
  readonly stackEnvironment: 'development' | 'production';
  /** What it works with; without one, the part inside the service takes over. */
  readonly upstreams: Upstreams;
  /** Where it sends traces and logs. */
  readonly otelCollector?: Link | undefined;
  /** Where it reports incidents. */
  readonly errorReports?: Link | undefined;
  /** Text of MODELS_FILE. */
  readonly modelTable: string;
  /** Proxies whose X-Forwarded-For is believed, in CIDR notation. */
  readonly trustedProxies: readonly string[];
  /** Who calls it from outside the stack: the gateway's controller. */
  readonly admits: readonly Source[];
  /** Copies of each passage in the vector store. */
  readonly replicationFactor: number;
  /** Prometheus for scaling on active queries, where KEDA is in the cluster. */
  readonly prometheusUrl?: string | undefined;
  /** Rotations of the secret `api-keys`. */
  readonly rotation: number;
}

/** The parts that the API calls. */
export interface Upstreams {
  readonly llm?: Link | undefined;
  readonly vectorStore?: Link | undefined;
  readonly embeddings?: Link | undefined;
  readonly cache?: Link | undefined;
}

/** Seconds between the withdrawal of a pod's routes and SIGTERM: until every gateway has heard of it. */
const withdrawalSeconds = 10;

/** Seconds that a process may take after its drain. */
const exitSeconds = 5;

/** A request that came last may take its whole time. Whole seconds, since a pod's grace period has no other. */
const drainSecondsOf = ({ requestTimeoutSeconds }: ApiArgs): number => Math.ceil(requestTimeoutSeconds) + 5;

/** The API, and beside it the canary when there is one. */
export function describeApi(args: ApiArgs): PartDescription {
  const stable = describeInstance('api', args, args.imageReference);
  const workloads: Workload[] = [stable];
  if (args.canary) {
    const image = `${imageName(args.image)}@${args.canary.digest}`;
    const instance = describeInstance('api-canary', { ...args, replicas: 1, scaling: undefined }, image);
    const policyExceptions = {
      'production-replicas': 'It gets a share of the requests, beside the copies of the API.',
    };
    workloads.push({ ...instance, policyExceptions });
  }
  return { secrets: [keys(args.rotation)], workloads };
}

/** The part API. */
export class Api extends Part {
  constructor(args: ApiArgs, platform: Platform, options?: PartOptions) {
    super('Api', 'api', describeApi(args), platform, options);
  }
}

/** The secret before the last rotation stays valid, so that no caller's token dies with a rotation. */
function keys(rotation: number): SecretDescription {
  return {
    name: 'api-keys',
    rotation,
    keys: {
      'jwt-secret': { from: 'generated', length: 48 },
      'jwt-secret-previous': { from: 'previous', key: 'jwt-secret' },
    },
  };
}

function describeInstance(name: string, args: ApiArgs, image: Input<string>): Workload {
  const drainSeconds = drainSecondsOf(args);
  const { scaling } = args;
  const fewest = scaling?.min ?? args.replicas;
  return {
    name,
    component: 'api',
    runs: { as: 'service', replicas: args.replicas },
    user: apiUser,
    containers: [container(args, image, drainSeconds)],
    volumes: [{ kind: 'files', name: 'models', files: { 'models.json': args.modelTable } }],
    connections: connections(args),
    admits: args.admits,
    stopping: { delaySeconds: withdrawalSeconds, graceSeconds: withdrawalSeconds + drainSeconds + exitSeconds },
    traits: {
      ...(fewest > 1 && { minAvailable: Math.max(1, Math.min(2, fewest - 1)) }),
      ...(scaling && { scaling: { ...scaling, ...load(name, args, scaling) } }),
    },
  };
}

/** It starts after its upstreams, and before the collector just as well: telemetry holds nothing up. */
function connections(args: ApiArgs): Connection[] {
  const of = (links: readonly (Link | undefined)[]) => links.flatMap((link) => (link ? [link.connection] : []));
  return [
    ...of(Object.values(args.upstreams)).map((each) => (each.to === 'workload' ? { ...each, waits: true } : each)),
    ...identityProviderConnections(args),
    ...of([args.otelCollector, args.errorReports]),
  ];
}

function load(name: string, args: ApiArgs, scaling: NonNullable<ApiSettings['scaling']>) {
  if (args.prometheusUrl === undefined) return {};
  const query = `sum(rag_active_queries{job="${name}"})`;
  return { load: { query, perReplica: scaling.queriesPerReplica, prometheusUrl: args.prometheusUrl } };
}

function container(args: ApiArgs, image: Input<string>, drainSeconds: number): Container {
  const { environment, secretEnvironment } = apiEnvironment(args, drainSeconds);
  return {
    name: 'api',
    image,
    environment,
    secretEnvironment,
    ports: [{ name: 'http', number: defaultPort, metrics: {} }],
    mounts: { models: '/etc/ballast' },
    probes: {
      startup: probe(probes.startup),
      // What it does is lost already: callers have waited for half a minute.
      liveness: { ...probe(probes.liveness), graceSeconds: withdrawalSeconds + exitSeconds },
      readiness: probe(probes.readiness),
    },
    resources: args.resources,
  };
}

const probe = ({ path, ...times }: (typeof probes)[keyof typeof probes]) => ({
  http: { path, port: 'http' },
  ...times,
});

/**
 * What is wrong with the variables that the service would start with, as the service itself finds it.
 *
 * @returns The variables that are wrong, with what is allowed; none when the service starts.
 */
export function environmentProblems(args: ApiArgs): { name: string; message: string }[] {
  const { environment, secretEnvironment } = apiEnvironment(args, drainSecondsOf(args));
  // Secrets are not known yet: any value of the right form stands for them.
  const placeholder = 'x'.repeat(48);
  const forms: Readonly<Record<string, string>> = {
    OTEL_EXPORTER_OTLP_HEADERS: `x=${placeholder}`,
    SENTRY_DSN: `https://${placeholder}@sentry.invalid/1`,
  };
  const secrets = Object.keys(secretEnvironment).map((name) => [name, forms[name] ?? placeholder] as const);
  const text = Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\$\(\w+\)/g, placeholder)]);
  try {
    parseConfig(Object.fromEntries([...secrets, ...text]) as Record<string, string>);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, allowed }) => ({ name, message: allowed }));
    throw error;
  }
}
