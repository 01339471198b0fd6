import { join } from 'node:path';

// A machine has room for two one-node clusters: the one that people use, and the one of the tests, which they start empty and
// end. BALLAST_CLUSTER=test chooses the second. Each has a folder, a cgroup and addresses of its own.

/** Whether it is the one of the tests. */
export const isTest = process.env['BALLAST_CLUSTER'] === 'test';

/** Everything that it writes: images, volumes, what the API server stores, logs, credentials. */
export const folder = isTest ? '/var/lib/ballast/cluster-test' : '/var/lib/ballast/cluster';

/** Its part of each cgroup hierarchy, as the kubelet takes it. */
export const cgroup = isTest ? '/ballast-test' : '/ballast';

/** Name of its node. */
export const nodeName = 'ballast';

/**
 * Addresses of RFC 2544, section 2.1: they are meant for tests between devices and are in use neither in the internet nor,
 * unlike those of RFC 1918, in private networks.
 */
const network = isTest ? '198.19' : '198.18';

/** Addresses of the cluster. */
export const addresses = {
  /** This machine, as the node sees it. */
  host: `${network}.0.1`,
  /** The node: its API server, kubelet and node ports. */
  node: `${network}.0.2`,
  /** Of the link between the two. */
  prefixLength: 30,
  /** 254 of them can be given out. */
  pods: `${network}.4.0/24`,
  services: `${network}.8.0/22`,
  /** The Service of CoreDNS; the tenth, as everywhere. */
  dns: `${network}.8.10`,
} as const;

/** The machine's end of the link to the node: 15 characters at most. */
export const link = isTest ? 'ballast-test0' : 'ballast0';

/** Kubeconfig of an administrator. */
export const kubeconfig = join(folder, 'credentials', 'super-admin.conf');

/** The one context in it, as kubeadm names it. */
export const contextName = `kubernetes-super-admin@${nodeName}`;
