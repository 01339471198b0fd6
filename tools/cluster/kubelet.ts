import { join } from 'node:path';
import type { Component } from './components.ts';
import { containerdSocket } from './container-runtime.ts';
import { certificate, kubeconfigOf } from './credentials.ts';
import { ownKubectl } from './kubectl.ts';
import { addresses, cgroup, folder, nodeName } from './layout.ts';
import { isReadySince } from './node-health.ts';

/** Runs the pods. */
export function kubeletComponent(program: string): Component {
  const home = join(folder, 'kubelet');
  const config = join(folder, 'kubelet.json');
  const resolvConf = join(folder, 'resolv.conf');
  return {
    name: 'kubelet',
    program,
    args: [
      `--config=${config}`,
      `--kubeconfig=${kubeconfigOf('kubelet')}`,
      `--root-dir=${home}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${addresses.node}`,
    ],
    // The node reaches nothing beyond this machine, so there is nobody to ask for other names than the cluster's.
    files: { [resolvConf]: '', [config]: JSON.stringify(configuration(resolvConf)) },
    isReady: async (startedAt) => isReadySince(await ownKubectl(), nodeName, startedAt),
  };
}

/** See https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/. */
function configuration(resolvConf: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificate('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [addresses.dns],
    clusterDomain: 'cluster.local',
    resolvConf,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    // Images were loaded by hand, and nobody would bring them back.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
  };
}
