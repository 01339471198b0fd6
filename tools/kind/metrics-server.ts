import { Failure } from '../../commands/failure.ts';
import { pinnedVersion } from '../go-tool.ts';
import { apply } from '../cluster/kubectl.ts';
import { containersOf, manifestsIn, type Manifest } from '../cluster/manifest.ts';
import { insecureKubelet, withInsecureKubelet } from '../cluster/metrics-server.ts';
import { metricsServer } from '../cluster/own-images.ts';
import { kindKubectl } from './node.ts';

/** Where the project publishes its releases. */
export const releases = 'https://github.com/kubernetes-sigs/metrics-server/releases/download';

/** Longest time for a manifest of a few kilobytes, in milliseconds. */
const fetchedWithinMs = 30_000;

/**
 * Installs the release of metrics-server that tools/metrics-server/go.mod pins, unless it is there, and waits until it does its
 * work.
 *
 * @param from Where the manifests are, by version: {@link releases}.
 * @throws {Failure} when its manifest cannot be had, when it is refused, and when it does not come up within two minutes.
 */
export async function installMetricsServer(from: string): Promise<void> {
  const version = pinnedVersion(metricsServer);
  try {
    if (!(await isInstalled(version))) await apply(kindKubectl, await published(`${from}/${version}/components.yaml`));
    await kindKubectl.run([...deployment('rollout', 'status'), '--timeout=120s']);
  } catch (error) {
    throw new Failure(
      `The node runs without metrics-server, and npm run cluster -- up tries again: ${(error as Error).message}`,
    );
  }
}

const deployment = (...verb: readonly string[]) => ['-n', 'kube-system', ...verb, 'deployment/metrics-server'];

async function isInstalled(version: string): Promise<boolean> {
  const containers = '-o=jsonpath={.spec.template.spec.containers}';
  const found = await kindKubectl.run([...deployment('get'), '--ignore-not-found', containers]);
  return found.includes(`:${version}"`) && found.includes(insecureKubelet);
}

/** The manifests of a release, for a node whose kubelet made its certificate itself. */
async function published(url: string): Promise<Manifest[]> {
  const manifests = manifestsIn(await textAt(url));
  if (containersOf(manifests).length === 0) throw new Error(`there is no Deployment in ${url}`);
  withInsecureKubelet(manifests);
  return manifests;
}

async function textAt(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchedWithinMs) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.text();
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${url} is not had: ${cause instanceof Error ? cause.message : message}`, { cause: error });
  }
}
