import * as pulumi from '@pulumi/pulumi';
import type { Alias } from './aliases.ts';

/** One resource as the program registered it. */
export interface RegisteredResource {
  readonly urn: string;
  /** Type token: `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  /** The component has no object of its own. */
  readonly isComponent: boolean;
  /** Plain data: outputs have their values, secrets too. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs that are secret: `stringData`, `spec.password`. */
  readonly secrets: readonly string[];
  readonly options: RegisteredOptions;
}

/** The resource options that decide about order, identity and deletion. */
export interface RegisteredOptions {
  /** URN of the parent; empty at the top. */
  readonly parent: string;
  /** `<urn>::<id>` of the provider; empty for the default one. */
  readonly provider: string;
  /** URNs of everything that must be there before, explicit and through inputs, sorted. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Paths of inputs whose changes the engine leaves out. */
  readonly ignoreChanges: readonly string[];
  readonly aliases: readonly Alias[];
  /** Longest time of a creation: `900s`; empty for the provider's own. */
  readonly createTimeout: string;
}

/** What a program is told about where it runs. */
export interface CollectOptions {
  readonly project: string;
  readonly stack: string;
}

/** Stands for the digest of an image that is not built and not looked up. */
export const unknownDigest = `sha256:${'0'.repeat(64)}`;

/**
 * Runs a Pulumi program without engine, provider or cluster, and gives what it registered, sorted by URN. One run at a time,
 * since Pulumi's runtime has one monitor for the whole process.
 *
 * Every resource is taken to exist as it was asked for. A generated password's value is its name between angle brackets:
 * `<redis-auth-password-1>`. Of an image that would be built or looked up, the digest is {@link unknownDigest}.
 *
 * @param program Creates resources; it is done when its promise is.
 * @throws what the program throws, or when two resources have the same URN, as the engine would.
 */
export async function collect(
  program: () => void | Promise<void>,
  { project, stack }: CollectOptions,
): Promise<RegisteredResource[]> {
  await pulumi.runtime.setMocks({ newResource: pretend, call: answer }, project, stack);
  const collected = new Map<string, RegisteredResource>();
  const twice = new Set<string>();
  // The mocks are shown the inputs alone; the request has the options, too.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (response !== undefined) {
        const resource = readRequest(response.getUrn(), request);
        if (collected.has(resource.urn)) twice.add(resource.urn);
        collected.set(resource.urn, resource);
      }
      callback(error, response);
    });
  const { stackTraceLimit } = Error;
  // Pulumi takes a stack trace for each of its many promises, which is a third of all time; one frame tells where an error is.
  Error.stackTraceLimit = 1;
  try {
    await program();
  } finally {
    // Also after an error, or what is under way would end up in the next run.
    await settled(() => collected.size);
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (twice.size > 0) throw new Error(`More than one resource has the URN ${[...twice].join(' and ')}`);
  return [...collected.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** Waits until a turn of the event loop passes in which no registration begins. */
async function settled(registered: () => number): Promise<void> {
  let before = -1;
  while (before !== registered()) {
    before = registered();
    await pulumi.runtime.disconnect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Answers a registration as a provider would. */
function pretend({ type, name, inputs }: pulumi.runtime.MockResourceArgs) {
  const state = inputs as Readonly<Record<string, unknown>>;
  return { id: `${name}-id`, state: { ...state, ...computed[type]?.(name, state) } };
}

/** What only a provider knows of a resource, by type. */
const computed: Readonly<Record<string, (name: string, inputs: Readonly<Record<string, unknown>>) => object>> = {
  'random:index/randomPassword:RandomPassword': (name) => ({ result: pulumi.secret(`<${name}>`) }),
  'docker:index/image:Image': (_, { imageName }) => ({ repoDigest: `${String(imageName)}@${unknownDigest}` }),
};

/** Answers a question as a provider would. */
const answer = ({ token, inputs }: pulumi.runtime.MockCallArgs): object =>
  token === 'docker:index/getRegistryImage:getRegistryImage'
    ? { ...(inputs as object), sha256Digest: unknownDigest }
    : (inputs as object);

function readRequest(urn: string, request: Request): RegisteredResource {
  const secrets: string[] = [];
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    isComponent: !request.getCustom(),
    inputs: plain(request.getObject().toJavaScript(), '', secrets) as Record<string, unknown>,
    secrets,
    options: {
      parent: request.getParent(),
      provider: request.getProvider(),
      dependsOn: request.getDependenciesList().toSorted(),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      aliases: request.getAliasesList().map(readAlias),
      createTimeout: request.getCustomtimeouts()?.getCreate() ?? '',
    },
  };
}

/** What is not said in an alias is empty in the message. */
function readAlias(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  const [name, type, parent] = [spec.getName(), spec.getType(), spec.getParenturn()];
  return { ...(name && { name }), ...(type && { type }), ...((parent || spec.getNoparent()) && { parent }) };
}

/** A value as it crosses the wire, without the marks of secrets; their paths are noted. */
function plain(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((each, index) => plain(each, `${path}[${index}]`, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig) {
    secrets.push(path);
    return plain(fields['value'], path, secrets);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [key, plain(inner, path === '' ? key : `${path}.${key}`, secrets)]),
  );
}

/** What is used of Pulumi's mocked monitor. */
interface Monitor {
  registerResource: (request: Request, callback: (error: unknown, response?: { getUrn(): string }) => void) => unknown;
}

/** What is used of Pulumi's RegisterResourceRequest. */
interface Request {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getObject(): { toJavaScript(): unknown };
  getDependenciesList(): string[];
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getAliasesList(): AliasMessage[];
  getCustomtimeouts(): { getCreate(): string } | undefined;
}

/** What is used of Pulumi's Alias. */
interface AliasMessage {
  getUrn(): string;
  getSpec(): { getName(): string; getType(): string; getParenturn(): string; getNoparent(): boolean } | undefined;
}
