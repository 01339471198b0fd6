import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** How an API server is reached by whoever has a certificate for it. */
export interface CertificateAccess {
  readonly url: string;
  /** Certificate of the authority that signed the API server's, as PEM. */
  readonly ca: string;
  /** The client's own, as PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** What kubeadm writes: one cluster and one user, with everything inside. */
interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Record<'server' | 'certificate-authority-data', string> }];
  readonly users: readonly [{ readonly user: Record<'client-certificate-data' | 'client-key-data', string> }];
}

/** Reads a kubeconfig that kubeadm has made. @throws when there is none. */
export function accessOf(path: string): CertificateAccess {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    url: cluster.server,
    ca: decoded(cluster['certificate-authority-data']),
    certificate: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
