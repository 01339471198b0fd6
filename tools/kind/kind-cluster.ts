import { Failure } from '../../commands/failure.ts';
import type { OneNodeCluster } from '../one-node-cluster.ts';
import { recipeOf } from '../stack-images/stack-images.ts';
import { provideApiImage } from './api-image.ts';
import { call } from './call.ts';
import { installMetricsServer, releases } from './metrics-server.ts';
import { clusterName, contextName, nodeName } from './names.ts';
import { containerState, startNode } from './node.ts';
import { requireFittingPrograms } from './presence.ts';
import { statusOfKind } from './status.ts';

/** Whether an image is made from this checkout: none is that is named by its digest. */
const isOwn = (image: string) => !image.includes('@') && recipeOf(image)?.kind === 'own';

/**
 * A node in a container of Docker, by kind.
 *
 * @param metricsServerReleases Where the manifests of metrics-server are, by version; its project's releases by default.
 */
export function kindCluster(metricsServerReleases: string = releases): OneNodeCluster {
  const isRunning = async () => (await containerState()) === 'running';
  return {
    what: `the kind cluster ${clusterName}`,
    access: `kubectl config use-context ${contextName}`,
    isRunning,
    up: async (report) => {
      await requireFittingPrograms();
      await startNode(report);
      report('metrics-server');
      await installMetricsServer(metricsServerReleases);
    },
    down: async () => {
      if (await isRunning()) await call('docker', 'stop', nodeName);
    },
    reset: async () => {
      await call('kind', 'delete', 'cluster', '--name', clusterName);
    },
    status: statusOfKind,
    load: async (archive) => {
      await call('kind', 'load', 'image-archive', archive, '--name', clusterName);
    },
    // All others are pulled by the node itself.
    provideImages: async (images, report) => {
      if (!(await isRunning()))
        throw new Failure(`The kind cluster ${clusterName} does not run: npm run cluster -- up starts it.`);
      const given: string[] = [];
      for (const image of images.filter(isOwn)) {
        if (await provideApiImage(image, report)) given.push(image);
      }
      return given;
    },
  };
}
