/** Who may call a route: anyone, any valid token, or a token with the scope. */
export type Access = 'public' | 'token' | 'query' | 'ingest' | 'admin';

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The path, and its other names. `:id` is a parameter. */
  readonly paths: readonly [string, ...string[]];
  readonly access: Access;
  /** Whether the gateway lets it in from outside; what is not, stays inside the cluster. */
  readonly gateway: boolean;
  /** Asked again and again by probes and scrapers, so neither traced nor logged as the others. */
  readonly probe?: true;
  /** One line for the OpenAPI description. */
  readonly summary: string;
}

/** Every route of the API. The service registers exactly these. */
export const routes = {
  service: { method: 'GET', paths: ['/'], access: 'public', gateway: false, summary: 'Service information' },
  query: {
    method: 'POST',
    paths: ['/query', '/v1/query'],
    access: 'query',
    gateway: true,
    summary: 'Answer a question from the documents, with citations',
  },
  predict: {
    method: 'POST',
    paths: ['/v1/predict'],
    access: 'query',
    gateway: true,
    summary: 'Ask a model without documents, with the same guards, caches, costs and variants',
  },
  putDocument: {
    method: 'POST',
    paths: ['/v1/documents'],
    access: 'ingest',
    gateway: true,
    summary: 'Store a document, or replace the one of the same ID; idempotent by content',
  },
  listDocuments: {
    method: 'GET',
    paths: ['/v1/documents'],
    access: 'ingest',
    gateway: true,
    summary: 'List the documents that this tenant can search',
  },
  deleteDocument: {
    method: 'DELETE',
    paths: ['/v1/documents/:id'],
    access: 'ingest',
    gateway: true,
    summary: 'Delete a document; slashes in its ID are written %2F',
  },
  health: {
    method: 'GET',
    paths: ['/health'],
    access: 'public',
    gateway: true,
    probe: true,
    summary: 'Whether the process is alive',
  },
  ready: {
    method: 'GET',
    paths: ['/health/ready', '/ready'],
    access: 'public',
    gateway: false,
    probe: true,
    summary: 'Whether the service takes traffic, with one boolean a check',
  },
  startup: {
    method: 'GET',
    paths: ['/health/startup'],
    access: 'public',
    gateway: false,
    probe: true,
    summary: 'Whether the start is complete, the corpus read',
  },
  deepHealth: {
    method: 'GET',
    paths: ['/health/deep'],
    access: 'public',
    gateway: false,
    probe: true,
    summary: 'Disk, memory, event loop, cache and each dependency with latency and age',
  },
  modelHealth: {
    method: 'GET',
    paths: ['/health/llm'],
    access: 'public',
    gateway: false,
    probe: true,
    summary: 'How one model is, or all are, by the last real call or test inference',
  },
  metrics: {
    method: 'GET',
    paths: ['/metrics'],
    access: 'public',
    gateway: false,
    probe: true,
    summary: 'Metrics for Prometheus',
  },
  costs: {
    method: 'GET',
    paths: ['/costs'],
    access: 'token',
    gateway: false,
    summary: 'Tokens and cost by model, variant and tenant: the own tenant, or all with scope admin',
  },
  config: {
    method: 'GET',
    paths: ['/config'],
    access: 'admin',
    gateway: false,
    summary: 'The effective configuration, secrets redacted',
  },
  incidents: {
    method: 'GET',
    paths: ['/incidents'],
    access: 'admin',
    gateway: false,
    summary: 'Unexpected errors and failed requests, grouped',
  },
  cacheSelfTest: {
    method: 'POST',
    paths: ['/self-test/cache'],
    access: 'admin',
    gateway: false,
    summary: 'Store answers with a second left to live, and see them expire; takes two seconds',
  },
  openapi: { method: 'GET', paths: ['/openapi.json'], access: 'token', gateway: true, summary: 'This description' },
} as const satisfies Record<string, Route>;

/** TCP port that the service listens on unless it is told otherwise. */
export const defaultPort = 8000;

/** The interactive documentation page; its assets live below it. Needs any valid token. */
export const documentationPath = '/docs';

/** Scopes that a token can carry. */
export const scopes = ['query', 'ingest', 'admin'] as const;

/** A scope that a token can carry. */
export type Scope = (typeof scopes)[number];

/** Limits on what a client sends, enforced before a handler runs. */
export const requestLimits = {
  /** Bytes of a body; 413 beyond. */
  bodyBytes: 1_048_576,
  /** Bytes of all headers; 431 beyond. */
  headerBytes: 16_384,
  /** Characters of path and query; 414 beyond. */
  urlLength: 4_096,
} as const;

/** How long an answer may take as a stream, in all, in seconds. `REQUEST_TIMEOUT_SECS` bounds its first token. */
export const longestStreamSeconds = 300;

/** How Kubernetes asks after the service: path, interval and timeout in seconds, failures that count. */
export const probes = {
  startup: { path: '/health/startup', periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
  liveness: { path: '/health', periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
  readiness: { path: '/health/ready', periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
} as const;
