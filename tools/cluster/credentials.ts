import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pinnedVersion } from '../go-tool.ts';
import { containerdSocket } from './container-runtime.ts';
import { addresses, folder, nodeName } from './layout.ts';
import { coredns } from './own-images.ts';

const run = promisify(execFile);

/** Certificates and kubeconfigs. */
export const credentials = join(folder, 'credentials');

/** Path of a file of the certificate authority's: `ca.crt`, `apiserver.key`. */
export const certificate = (file: string) => join(credentials, 'pki', file);

/** Path of a component's kubeconfig. */
export const kubeconfigOf = (component: 'controller-manager' | 'scheduler' | 'kubelet' | 'kube-proxy') =>
  join(credentials, `${component}.conf`);

/** What kubeadm is told. */
export const kubeadmConfig = join(credentials, 'kubeadm.json');

/** Time that certificates must last at least: what starts with them runs for a while. In milliseconds; half of a year. */
const lastingMs = (365 / 2) * 24 * 3_600_000;

/**
 * Has kubeadm make what the parts of a cluster know each other by: authorities, certificates for a year, kubeconfigs. Once; new
 * ones of the same authorities in the second half of that year, which what runs already takes up when it starts again.
 *
 * @throws when kubeadm fails, with its messages.
 */
export async function ensureCredentials(kubeadm: string, version: string): Promise<void> {
  mkdirSync(credentials, { recursive: true, mode: 0o700 });
  writeFileSync(kubeadmConfig, configuration(version));
  if (existsSync(kubeconfigOf('kube-proxy'))) {
    const { validToDate } = new X509Certificate(readFileSync(certificate('apiserver.crt')));
    if (validToDate.getTime() - Date.now() > lastingMs) return;
    forgetCertificates();
  }
  await run(kubeadm, ['init', 'phase', 'certs', 'all', '--config', kubeadmConfig]);
  await run(kubeadm, [
    'init',
    'phase',
    'kubeconfig',
    'all',
    '--config',
    kubeadmConfig,
    '--kubeconfig-dir',
    credentials,
  ]);
  const proxy = ['--client-name', 'system:kube-proxy', '--config', kubeadmConfig];
  const { stdout } = await run(kubeadm, ['kubeconfig', 'user', ...proxy]);
  writeFileSync(kubeconfigOf('kube-proxy'), stdout, { mode: 0o600 });
}

/** Forgets all but the authorities and the key of service accounts, by which everything that was signed goes on to be known. */
function forgetCertificates(): void {
  const kubeconfigs = readdirSync(credentials).filter((file) => file.endsWith('.conf'));
  for (const file of kubeconfigs) rmSync(join(credentials, file));
  const signed = readdirSync(join(credentials, 'pki')).filter((file) => !/^(ca|front-proxy-ca|sa)\./.test(file));
  for (const file of signed) rmSync(certificate(file));
}

/** See https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/. YAML may be JSON. */
function configuration(kubernetesVersion: string): string {
  const apiVersion = 'kubeadm.k8s.io/v1beta4';
  const cluster = {
    apiVersion,
    kind: 'ClusterConfiguration',
    kubernetesVersion,
    clusterName: nodeName,
    certificatesDir: join(credentials, 'pki'),
    controlPlaneEndpoint: `${addresses.node}:6443`,
    networking: { serviceSubnet: addresses.services, podSubnet: addresses.pods },
    // Ours: kubeadm makes none for one that is somewhere else.
    dns: { imageTag: pinnedVersion(coredns) },
    etcd: { external: { endpoints: ['http://127.0.0.1:2379'], caFile: '', certFile: '', keyFile: '' } },
  };
  const init = {
    apiVersion,
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: addresses.node, bindPort: 6443 },
    nodeRegistration: { name: nodeName, criSocket: `unix://${containerdSocket}` },
  };
  return [cluster, init].map((document) => JSON.stringify(document)).join('\n---\n');
}
