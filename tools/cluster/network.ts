import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Component } from './components.ts';
import { kubeconfigOf } from './credentials.ts';
import { addresses, folder, link, nodeName } from './layout.ts';
import type { Namespaces } from './namespaces.ts';

const run = promisify(execFile);

/** Name of the node's end of the link, in the node. */
const nodeInterface = 'eth0';

/**
 * Connects the node with this machine, and with nothing else: from here its pods and Services are reached by their own
 * addresses. It ends with {@link disconnectNode}.
 *
 * @throws when the machine has one of the addresses in use.
 */
export async function connectNode(namespaces: Namespaces): Promise<void> {
  const peer = ['peer', 'name', nodeInterface, 'netns', String(namespaces.pid)];
  await run('ip', ['link', 'add', link, 'type', 'veth', ...peer]);
  const { host, node, prefixLength, pods, services } = addresses;
  await run('ip', ['address', 'add', `${host}/${prefixLength}`, 'dev', link]);
  await run('ip', ['link', 'set', link, 'up']);
  await namespaces.run('ip', 'address', 'add', `${node}/${prefixLength}`, 'dev', nodeInterface);
  await namespaces.run('ip', 'link', 'set', nodeInterface, 'up');
  // The kubelet and kube-proxy want a default route, to know which address is the node's.
  await namespaces.run('ip', 'route', 'add', 'default', 'via', host);
  for (const range of [pods, services]) await run('ip', ['route', 'add', range, 'via', node, 'dev', link]);
}

/** Removes the link, unless the kernel has done so by now: it takes a moment for what was in namespaces that have ended. */
export async function disconnectNode(): Promise<void> {
  const isThere = () => existsSync(`/sys/class/net/${link}`);
  if (!isThere()) return;
  await run('ip', ['link', 'delete', link]).catch((error: unknown) => {
    if (isThere()) throw error;
  });
}

/** Leads Services to pods. */
export function kubeProxyComponent(namespaces: Namespaces, program: string): Component {
  const config = join(folder, 'kube-proxy.json');
  return {
    name: 'kube-proxy',
    program,
    args: [`--config=${config}`, `--hostname-override=${nodeName}`],
    files: { [config]: JSON.stringify(proxyConfiguration()) },
    isReady: async () => (await namespaces.get('http://127.0.0.1:10256/healthz')) !== '',
  };
}

/** See https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/. */
function proxyConfiguration(): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: kubeconfigOf('kube-proxy') },
    mode: 'nftables',
    clusterCIDR: addresses.pods,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // These settings are the kernel's, not the namespace's.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
