import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inject } from 'vitest';
import { freePort } from '../processes.ts';
import type { TokenAccess } from '../../tools/cluster/api-server-client.ts';
import { housekeeping, workloads } from './api-server-controllers.ts';
import { startEtcd } from './api-server-etcd.ts';
import { ObjectsClient } from './api-server-objects.ts';
import { Processes } from './api-server-processes.ts';

/** What runs beside the API server. */
export interface ApiServerOptions {
  /** Controllers that make Pods of workloads; nothing runs the Pods. By default only housekeeping is done. */
  readonly workloads?: boolean;
}

/**
 * A real Kubernetes API server with etcd behind it, on free ports of the loopback address: RBAC, the default admission
 * plugins (Pod Security, quotas and limit ranges among them) and the housekeeping controllers of Kubernetes.
 *
 * Nothing runs Pods: there is no node, no scheduler and, unless asked for, no controller that makes Pods or endpoints. So
 * a Deployment is stored and never becomes ready (a tool that waits for that must be told not to, or given what
 * test/pulumi/kubelet-standin.ts does), and only a Pod shows what admission does to Pods: apply one made of the
 * Deployment's template, as a dry run. A Pod's service account must exist, and a quota in its namespace must have been
 * counted: see {@link untilSettled}.
 */
export class ApiServer extends ObjectsClient {
  /** Path of a kubeconfig with the administrator's token, for kubectl and Pulumi's provider. */
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #processes: Processes;

  private constructor(folder: string, processes: Processes, access: TokenAccess) {
    super(access);
    this.kubeconfig = join(folder, 'kubeconfig.json');
    this.#folder = folder;
    this.#processes = processes;
    writeFileSync(this.kubeconfig, JSON.stringify(kubeconfigOf(access)), { mode: 0o600 });
  }

  /** Starts an empty one, and waits until it is ready. Its test calls {@link stop}. @throws with a log when it is not. */
  static async start({ workloads: runsWorkloads = false }: ApiServerOptions = {}): Promise<ApiServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-api-server-'));
    const processes = new Processes(folder);
    try {
      const store = await startEtcd(folder, processes);
      const server = new ApiServer(folder, processes, await startApiServer(folder, processes, store));
      // It listens a moment after it has made its certificate.
      const isReady = () =>
        server.request('GET', '/readyz').then(
          ({ status }) => status === 200,
          () => false,
        );
      await processes.ready('kube-apiserver', isReady);
      await server.#startControllers(runsWorkloads ? [...housekeeping, ...workloads] : housekeeping);
      return server;
    } catch (error) {
      await processes.kill();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Waits until a new namespace has its service account `default`, and its quotas, applied before, are counted. */
  async untilSettled(namespace: string): Promise<void> {
    await this.#processes.ready('kube-controller-manager', async () => {
      const account = await this.request('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      const quotas = await this.request('GET', `/api/v1/namespaces/${namespace}/resourcequotas`);
      const { items } = quotas.body as { items: { spec: { hard: object }; status: { hard?: object } }[] };
      return account.status === 200 && items.every(({ spec, status }) => isDeepStrictEqual(status.hard, spec.hard));
    });
  }

  /** Kills the processes and removes what they wrote. */
  async stop(): Promise<void> {
    this.close();
    await this.#processes.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startControllers(controllers: readonly string[]): Promise<void> {
    this.#processes.start('kube-controller-manager', inject('kubeControllerManager'), [
      `--kubeconfig=${this.kubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      `--root-ca-file=${certificatePath(this.#folder)}`,
      '--leader-elect=false',
      '--secure-port=0',
    ]);
    await this.untilSettled('default');
  }
}

/** Starts it, and waits until it has made its certificate. */
async function startApiServer(folder: string, processes: Processes, store: string): Promise<TokenAccess> {
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const tokens = join(folder, 'tokens.csv');
  const keys = join(folder, 'service-accounts.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(tokens, `${token},administrator,administrator,"system:masters"\n`, { mode: 0o600 });
  writeFileSync(keys, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  processes.start('kube-apiserver', inject('kubeApiserver'), [
    `--etcd-servers=${store}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    // The Service `kubernetes` may have no endpoint on the loopback address, and nothing needs one.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${folder}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keys}`,
    `--service-account-signing-key-file=${keys}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // As in clusters made by kubeadm: what refuses a privileged Pod is then Pod Security, not this flag's default.
    '--allow-privileged=true',
  ]);
  await processes.ready('kube-apiserver', async () => certificates(folder).length === 2);
  return { url: `https://127.0.0.1:${port}`, token, ca: certificates(folder)[1] ?? '' };
}

/** Where the API server writes its own certificate and after it the one of the authority that it made for it. */
function certificatePath(folder: string): string {
  return join(folder, 'apiserver.crt');
}

function certificates(folder: string): string[] {
  try {
    return readFileSync(certificatePath(folder), 'utf8').match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];
  } catch {
    return [];
  }
}

function kubeconfigOf({ url, token, ca }: TokenAccess): object {
  const name = 'ballast-test';
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
