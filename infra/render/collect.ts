import * as pulumi from '@pulumi/pulumi';
import messages from '@pulumi/pulumi/proto/resource_pb.js';
import type { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { urnBelow } from './aliases.ts';
import { readRegistration, type RegisteredResource } from './registered-resource.ts';

/** What a program is told about where it runs. */
export interface CollectOptions {
  readonly project: string;
  readonly stack: string;
}

/** Stands for the value of a generated password, by the name of its resource. */
export const pretendedPassword = (name: string): string => `<${name}>`;

/** Stands for the digest of an image that is not built and not looked up. */
export const unknownDigest = `sha256:${'0'.repeat(64)}`;

/**
 * Runs a Pulumi program without engine, provider or cluster, and gives what it registered, sorted by URN. One run at a time,
 * since Pulumi's runtime has one monitor for the whole process.
 *
 * Every resource is taken to exist as it was asked for. A generated password's value is {@link pretendedPassword}. Of an image that would be built or looked up, the digest is {@link unknownDigest}.
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
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request: messages.RegisterResourceRequest, callback) => {
    const urn = urnBelow(`urn:pulumi:${stack}::${project}`, request.getParent(), request.getType(), request.getName());
    if (collected.has(urn)) twice.add(urn);
    const resource = readRegistration(urn, request);
    collected.set(urn, resource);
    if (resource.type in computed) return register(request, callback);
    // The mocks would take apart and put together again what is the same before and after: a tenth of a run's time.
    const id = `${resource.name}-id`;
    monitor.resources.set(urn, { urn, id, state: resource.inputs });
    callback(null, new messages.RegisterResourceResponse().setUrn(urn).setId(id).setObject(request.getObject()));
  };
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
  'random:index/randomPassword:RandomPassword': (name) => ({ result: pulumi.secret(pretendedPassword(name)) }),
  'docker:index/image:Image': (_, { imageName }) => ({ repoDigest: `${String(imageName)}@${unknownDigest}` }),
};

/** Answers a question as a provider would. */
const answer = ({ token, inputs }: pulumi.runtime.MockCallArgs): object =>
  token === 'docker:index/getRegistryImage:getRegistryImage'
    ? { ...(inputs as object), sha256Digest: unknownDigest }
    : (inputs as object);
