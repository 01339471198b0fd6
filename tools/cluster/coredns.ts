import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kubeadmConfig } from './credentials.ts';
import { manifestsIn, type Manifest } from './manifest.ts';

const run = promisify(execFile);

/**
 * The names of the cluster, and nothing else: the node reaches no other server to ask. A name beyond the cluster is said
 * not to exist at once.
 */
export const corefile = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       ttl 5
    }
    prometheus :9153
    reload
}
.:53 {
    template ANY ANY {
       rcode NXDOMAIN
    }
}
`;

/** What kubeadm would apply; with names of the cluster alone. @throws when kubeadm fails, with its messages, or prints none. */
export async function corednsManifests(kubeadm: string): Promise<Manifest[]> {
  const addon = ['init', 'phase', 'addon', 'coredns', '--print-manifest', '--config', kubeadmConfig];
  const { stdout } = await run(kubeadm, addon);
  const manifests = manifestsIn(stdout);
  const config = manifests.find(({ kind }) => kind === 'ConfigMap')?.data;
  if (config?.['Corefile'] === undefined) throw new Error('kubeadm prints no Corefile among the manifests of CoreDNS.');
  config['Corefile'] = corefile;
  return manifests;
}
