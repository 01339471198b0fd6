import { onTestFinished } from 'vitest';
import { metricsServer } from '../../tools/cluster/own-images.ts';
import { pinnedVersion } from '../../tools/go-tool.ts';
import type { Fault } from './faults.ts';
import { startStandin, type Standin } from './standin.ts';

/** The release that is pinned. */
export const release = pinnedVersion(metricsServer);

/** Where its manifests are, below the releases. */
export const releasePath = `/${release}/components.yaml`;

/** What metrics-server's project publishes, as far as it matters. */
const components = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: metrics-server, namespace: kube-system }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: metrics-server, namespace: kube-system }
spec:
  template:
    spec:
      containers:
        - name: metrics-server
          image: registry.k8s.io/metrics-server/metrics-server:${release}
          args: ['--secure-port=10250']
`;

/** Starts a server of releases in place of GitHub, with the pinned one and no other. It ends with the test. */
export async function startReleases(body = components): Promise<Standin<Fault>> {
  const answer = ({ path }: { path: string }) => ({ status: path === releasePath ? 200 : 404, body });
  const releases = await startStandin({ name: 'releases', answer });
  onTestFinished(() => releases.close());
  return releases;
}
