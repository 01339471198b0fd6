import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import rpc from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/analyzer_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import type { KubernetesObject } from '../../policies/kubernetes/object.ts';
import { root, start } from '../processes.ts';

/** A resource as the engine tells of it. */
export interface EngineResource {
  readonly urn: string;
  readonly type: string;
  readonly properties: object;
}

/** What the runner says of a resource, as the engine shows it. */
export interface Diagnostic {
  readonly policy: string;
  readonly level: 'advisory' | 'mandatory';
  readonly urn: string;
  readonly message: string;
}

/** What stands for a text that is not known in a preview, on the wire. */
export const unknownText = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** The resource that makes an object. */
export function resourceOf(
  object: KubernetesObject,
  name = object.metadata?.name ?? 'some',
  stack = 'test',
): EngineResource {
  const type = `kubernetes:${object.apiVersion}:${object.kind}`;
  return { urn: `urn:pulumi:${stack}::shop::${type}::${name}`, type, properties: object };
}

type Call<Request, Answer> = (
  request: Request,
  callback: (error: ServiceError | null, answer: Answer) => void,
) => unknown;

/** Pulumi's own policy runner with the pack of `policies/` in it, asked by the protocol of the engine, which starts it as this does. */
export class PolicyRunner {
  readonly #process: ChildProcess;
  readonly #client: InstanceType<typeof rpc.AnalyzerClient>;

  private constructor(process: ChildProcess, port: string) {
    this.#process = process;
    this.#client = new rpc.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** @throws when the pack does not load. */
  static async start(): Promise<PolicyRunner> {
    const pack = join(root, 'policies');
    const runner = join(root, 'node_modules', '@pulumi', 'pulumi', 'cmd', 'run-policy-pack');
    const child = start(process.execPath, [runner, '127.0.0.1:1', pack], { cwd: pack });
    if (child.stdout === null || child.stderr === null) throw new Error('the runner has no output');
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    // The engine takes the first line for the port.
    const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
    const exit = once(child, 'exit').then(() => Promise.reject(new Error(`the runner ended: ${errors}`)));
    const [port] = await Promise.race([line, exit]);
    exit.catch(() => undefined);
    return new PolicyRunner(child, port);
  }

  stop(): void {
    this.#client.close();
    this.#process.kill('SIGKILL');
  }

  /** What the pack says of itself. */
  async info(): Promise<messages.AnalyzerInfo.AsObject> {
    const call: Call<empties.Empty, messages.AnalyzerInfo> = this.#client.getAnalyzerInfo.bind(this.#client);
    return (await this.#ask(call, new empties.Empty())).toObject();
  }

  /** Sets levels and parameters, as the engine does from `--policy-pack-config`. */
  async configure(rules: Readonly<Record<string, { level: Level; parameters?: object }>>): Promise<void> {
    const request = new messages.ConfigureAnalyzerRequest();
    for (const [name, { level, parameters = {} }] of Object.entries(rules)) {
      const config = new messages.PolicyConfig().setEnforcementlevel(levels[level]);
      request.getPolicyconfigMap().set(name, config.setProperties(struct(parameters)));
    }
    await this.#ask(this.#client.configure.bind(this.#client), request);
  }

  /** Asks about a resource before it is made. */
  async analyze({ urn, type, properties }: EngineResource): Promise<Diagnostic[]> {
    const request = new messages.AnalyzeRequest().setUrn(urn).setType(type).setName(nameOf(urn));
    request.setProperties(struct(properties)).setOptions(new messages.AnalyzerResourceOptions());
    return diagnostics(await this.#ask(this.#client.analyze.bind(this.#client), request));
  }

  /** Asks about all resources when they are made. */
  async analyzeStack(resources: readonly EngineResource[]): Promise<Diagnostic[]> {
    const list = resources.map(({ urn, type, properties }) =>
      new messages.AnalyzerResource()
        .setUrn(urn)
        .setType(type)
        .setName(nameOf(urn))
        .setProperties(struct(properties))
        .setOptions(new messages.AnalyzerResourceOptions()),
    );
    const request = new messages.AnalyzeStackRequest().setResourcesList(list);
    return diagnostics(await this.#ask(this.#client.analyzeStack.bind(this.#client), request));
  }

  #ask<Request, Answer>(call: Call<Request, Answer>, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      call(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }
}

const { ADVISORY, MANDATORY, DISABLED } = messages.EnforcementLevel;
const levels = { advisory: ADVISORY, mandatory: MANDATORY, disabled: DISABLED } as const;
type Level = keyof typeof levels;

const nameOf = (urn: string): string => urn.split('::').at(-1) ?? '';

const struct = (properties: object): structs.Struct =>
  structs.Struct.fromJavaScript(properties as Parameters<typeof structs.Struct.fromJavaScript>[0]);

const diagnostics = (answer: messages.AnalyzeResponse): Diagnostic[] =>
  answer.getDiagnosticsList().map((each) => ({
    policy: each.getPolicyname(),
    level: each.getEnforcementlevel() === MANDATORY ? 'mandatory' : 'advisory',
    urn: each.getUrn(),
    message: each.getMessage(),
  }));
