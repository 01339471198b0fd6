import { textsBelow } from '../fingerprint.ts';
import type { GoTool } from '../go-tool.ts';
import { pauseImage } from './container-runtime.ts';
import { goImage, programImage, type ArchivedImage } from './program-image.ts';

/** Answers for the names of Services, with the plugins that the node's configuration names. */
export const coredns: GoTool = {
  name: 'coredns',
  folder: 'coredns',
  module: 'github.com/coredns/coredns',
  command: '.',
  cost: 'about two minutes on two cores',
  ownFiles: { 'github.com/coredns/coredns': textsBelow('coredns/part') },
};

/** Measures pods and nodes for autoscalers and `kubectl top`. */
export const metricsServer: GoTool = {
  name: 'metrics-server',
  folder: 'metrics-server',
  module: 'sigs.k8s.io/metrics-server',
  command: 'cmd/metrics-server',
  cost: 'about two minutes on two cores',
};

/** Makes volumes of folders of the node. */
export const localPathProvisioner: GoTool = {
  name: 'local-path-provisioner',
  folder: 'kubernetes',
  module: 'github.com/rancher/local-path-provisioner',
  command: '.',
  cost: 'some seconds after Kubernetes, else about a minute on two cores',
};

/** Images of what the node itself needs. */
export interface OwnImages {
  readonly pause: ArchivedImage;
  readonly busybox: ArchivedImage;
  readonly coredns: ArchivedImage;
  readonly metricsServer: ArchivedImage;
  readonly localPathProvisioner: ArchivedImage;
}

/** Programs of Debian that need no library. */
export interface StaticPrograms {
  readonly catatonit: string;
  readonly busybox: string;
}

/**
 * Makes the images of what the node itself needs, once, into the cache.
 *
 * @throws when one cannot be built.
 */
export async function ownImages({ catatonit, busybox }: StaticPrograms): Promise<OwnImages> {
  return {
    pause: await programImage({
      name: pauseImage,
      program: catatonit,
      path: '/catatonit',
      config: { Cmd: ['-P'], User: '65535:65535' },
    }),
    busybox: await programImage({
      name: 'docker.io/library/busybox:1.35.0',
      program: busybox,
      path: '/bin/busybox',
      links: ['/bin/sh', '/bin/mkdir', '/bin/rm'],
    }),
    coredns: await goImage(coredns, 'registry.k8s.io/coredns/coredns', '/coredns'),
    metricsServer: await goImage(metricsServer, 'registry.k8s.io/metrics-server/metrics-server', '/metrics-server'),
    localPathProvisioner: await goImage(
      localPathProvisioner,
      'docker.io/rancher/local-path-provisioner',
      '/usr/bin/local-path-provisioner',
    ),
  };
}
