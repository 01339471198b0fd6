import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { request } from 'undici';
import { inject } from 'vitest';
import type { Kubectl } from '../../commands/kubectl.ts';
import { signToken } from '../../commands/local-token.ts';
import { testPrompt } from '../../service/health/model-check.ts';
import type { Answer } from '../../tools/cluster/api-server-answer.ts';
import { ApiServerClient } from '../../tools/cluster/api-server-client.ts';
import { accessOf } from '../../tools/cluster/kubeconfig.ts';
import { addresses, kubeconfig } from '../../tools/cluster/layout.ts';
import { clusterDoes, kubectlOf } from '../node/cluster-command.ts';
import { ended, until } from '../processes.ts';
import { RepositoryCopy } from '../repository-copy.ts';
import { startLlmStandin, type ChatBody, type LlmStandin } from '../standins/llm.ts';
import { proofConfiguration, proofHost, proofNamespace, proofStackName, stackFile } from './configuration.ts';
import { ensureGateway } from './gateway.ts';
import { isReady, type Pod } from './pod.ts';
import { appliedFile } from './report/records.ts';

/** Ports of the stand-ins for providers, on the machine's end of the link to the node, where nothing else listens. */
const ports = { fast: 20_901, slow: 20_902 } as const;

/**
 * What the slow provider takes before its first token: 20 to 40 s, another time for each question. The test inference, which
 * a copy waits for when it starts, is answered at once: what takes so long is work, and that is none.
 */
const slowly = ({ messages }: ChatBody) => {
  const isTest = messages.some(({ content }) => content.includes(testPrompt.question));
  return { firstDelayMs: isTest ? 0 : 20_000 + Math.random() * 20_000, pieceDelayMs: 0 };
};

/** A question as the API takes it. */
export interface Question {
  readonly question: string;
  /** `creative` is answered by the slow provider, the others by the fast one. */
  readonly mode?: 'creative' | 'balanced';
}

/** Of parts of the stack, by the name of their configuration: what of it is otherwise. */
type Changes = Readonly<Record<string, object>>;

/** What surrounds the stack while a file of scenarios runs. */
interface Surroundings {
  /** Origin of the gateway. */
  readonly url: string;
  readonly fast: LlmStandin;
  readonly slow: LlmStandin;
  /** Holds the stack's file. */
  readonly copy: RepositoryCopy;
}

/** The stack prod on the node of the tests, with a gateway before it and providers of models behind it. */
export class ProofStack {
  readonly kubectl: Kubectl = kubectlOf(inject('kubectl'));
  /** The same cluster, for what is asked often. */
  readonly cluster: ApiServerClient = new ApiServerClient(accessOf(kubeconfig));
  readonly around: Surroundings;
  /** Of each request: the route's host, and a token. */
  headers: Readonly<Record<string, string>> = {};

  private constructor(around: Surroundings) {
    this.around = around;
  }

  /**
   * Brings up what of it is not, unless this run has left it as it is to be, and waits until all of it is well. Who calls
   * it calls {@link close}.
   */
  static async bringUp(): Promise<ProofStack> {
    await clusterDoes('up');
    const stack = new ProofStack({
      url: await ensureGateway(kubectlOf(inject('kubectl'))),
      fast: await startLlmStandin({ host: addresses.host, port: ports.fast }),
      slow: await startLlmStandin({ host: addresses.host, port: ports.slow }),
      copy: await RepositoryCopy.create(),
    });
    stack.around.slow.settings.pace = slowly;
    if (!existsSync(appliedFile) || readFileSync(appliedFile, 'utf8') !== stack.#file()) {
      const begin = Date.now();
      console.log(await stack.apply());
      console.log(`The stack prod was ready after ${Math.round((Date.now() - begin) / 1000)} s.`);
    }
    await stack.signIn();
    await until('the service is all well', () => stack.isAllWell(), 120_000);
    return stack;
  }

  /** Applies the stack's configuration, with changes of its parts. @returns what `up` printed. @throws when it fails. */
  async apply(changes?: Changes): Promise<string> {
    const { code, stdout, stderr } = await ended(this.startApply(changes));
    if (code !== 0) throw new Error(`npm run up ended with code ${code}:\n${stdout}\n${stderr}`);
    mkdirSync(dirname(appliedFile), { recursive: true });
    writeFileSync(appliedFile, this.#file(changes));
    return stdout;
  }

  /** {@link apply} that is not awaited. */
  startApply(changes: Changes = {}): ChildProcess {
    rmSync(appliedFile, { force: true });
    const { copy } = this.around;
    copy.write(`Pulumi.${proofStackName}.yaml`, this.#file(changes));
    const path = `${process.env['PATH']}:${join(inject('kubectl'), '..')}`;
    return copy.start('up', ['--stack', proofStackName, '--apply'], { KUBECONFIG: kubeconfig, PATH: path });
  }

  /** Text of the stack's file. */
  #file(changes: Changes = {}): string {
    const { fast, slow } = this.around;
    const configuration = proofConfiguration({ fast: fast.url, slow: slow.url });
    const changed = Object.entries(changes).map(([part, change]) => {
      const key = `ballast:${part}`;
      return [key, { ...(configuration[key] as object | undefined), ...change }] as const;
    });
    return stackFile({ ...configuration, ...Object.fromEntries(changed) });
  }

  /** Takes a token that is signed with the secret that the stack has now. */
  async signIn(): Promise<void> {
    const encoded = await this.inNamespace('get', 'secret', 'api-keys', '--output=jsonpath={.data.jwt-secret}');
    const secret = Buffer.from(encoded, 'base64').toString();
    const claims = { tenant: 'proof', scope: 'query ingest admin', hours: 24 };
    const token = await signToken({ secret, issuer: 'ballast', audience: 'ballast' }, 'proof', claims);
    this.headers = { host: proofHost, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** Runs kubectl in the stack's namespace. */
  inNamespace(...args: readonly string[]): Promise<string> {
    // What follows `--` is a container's.
    return this.kubectl.run(['--namespace', proofNamespace, ...args]);
  }

  /** Asks the API through the route. */
  async request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await request(`${this.around.url}${path}`, {
      method,
      headers: this.headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    const isJson = response.headers['content-type']?.includes('json') === true;
    return { status: response.statusCode, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  /** Pods of a part, or of all that serve; those that end too. */
  async pods(part?: string): Promise<readonly Pod[]> {
    const selector = part === undefined ? '!job-name' : `app.kubernetes.io/name=${part}`;
    const query = `labelSelector=${encodeURIComponent(selector)}`;
    const { body } = await this.cluster.request('GET', `/api/v1/namespaces/${proofNamespace}/pods?${query}`);
    return (body as { items: Pod[] }).items;
  }

  /** Asks one copy of the API, past the route. */
  ofCopy({ metadata: { name } }: Pod, path: string): Promise<Answer> {
    return this.cluster.request('GET', `/api/v1/namespaces/${proofNamespace}/pods/${name}:8000/proxy${path}`);
  }

  /** Whether every copy of the API is ready with all of its dependencies, and Kubernetes knows that it is. */
  async isAllWell(): Promise<boolean> {
    const copies = await this.pods('api');
    if (!copies.every(isReady)) return false;
    const answers = await Promise.all(copies.map((pod) => this.ofCopy(pod, '/ready?strict=1')));
    return answers.every(({ status }) => status === 200);
  }

  /** What its Prometheus answers at a path of its API. */
  async prometheus<T>(path: string): Promise<T> {
    const service = `/api/v1/namespaces/${proofNamespace}/services/http:prometheus:9090/proxy`;
    const { body, refusal } = await this.cluster.request('GET', `${service}/api/v1/${path}`);
    if (refusal !== undefined) throw new Error(`Prometheus does not answer: ${refusal}`);
    return (body as { data: T }).data;
  }

  /** Ends what surrounds the stack, which goes on. */
  async close(): Promise<void> {
    this.cluster.close();
    await Promise.all([this.around.fast.close(), this.around.slow.close()]);
    this.around.copy.remove();
  }
}
