import { join } from 'node:path';
import type { Component } from './components.ts';
import { certificate, kubeconfigOf } from './credentials.ts';
import { kubectl } from './kubectl.ts';
import { addresses, folder } from './layout.ts';
import type { Namespaces } from './namespaces.ts';
import { answersSoon } from './node-health.ts';

const etcdUrl = 'http://127.0.0.1:2379';

/** Keeps what the API server stores. */
export function etcdComponent(namespaces: Namespaces, program: string): Component {
  return {
    name: 'etcd',
    program,
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      '--log-level=warn',
    ],
    isReady: async () => (await namespaces.get(`${etcdUrl}/health`)).includes('"true"'),
  };
}

/** The API server, with all that metrics-server needs to be a part of it. */
export function apiServerComponent(program: string): Component {
  const extraHeaders = [
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
  ];
  return {
    name: 'kube-apiserver',
    program,
    args: [
      `--etcd-servers=${etcdUrl}`,
      `--advertise-address=${addresses.node}`,
      '--secure-port=6443',
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--client-ca-file=${certificate('ca.crt')}`,
      `--tls-cert-file=${certificate('apiserver.crt')}`,
      `--tls-private-key-file=${certificate('apiserver.key')}`,
      `--kubelet-client-certificate=${certificate('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${certificate('apiserver-kubelet-client.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--proxy-client-cert-file=${certificate('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${certificate('front-proxy-client.key')}`,
      `--requestheader-client-ca-file=${certificate('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      ...extraHeaders,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${certificate('sa.pub')}`,
      `--service-account-signing-key-file=${certificate('sa.key')}`,
      `--service-cluster-ip-range=${addresses.services}`,
    ],
    isReady: async () => (await kubectl('get', '--raw=/readyz', answersSoon)) === 'ok',
  };
}

/** The controllers of Kubernetes. */
export function controllerManagerComponent(namespaces: Namespaces, program: string): Component {
  const kubeconfig = kubeconfigOf('controller-manager');
  return {
    name: 'kube-controller-manager',
    program,
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--root-ca-file=${certificate('ca.crt')}`,
      `--service-account-private-key-file=${certificate('sa.key')}`,
      `--cluster-signing-cert-file=${certificate('ca.crt')}`,
      `--cluster-signing-key-file=${certificate('ca.key')}`,
      '--allocate-node-cidrs=true',
      `--cluster-cidr=${addresses.pods}`,
      '--node-cidr-mask-size=24',
    ],
    isReady: healthy(namespaces, 10257),
  };
}

/** Gives pods to the node. */
export function schedulerComponent(namespaces: Namespaces, program: string): Component {
  return {
    name: 'kube-scheduler',
    program,
    args: [`--kubeconfig=${kubeconfigOf('scheduler')}`, '--bind-address=127.0.0.1', '--leader-elect=false'],
    isReady: healthy(namespaces, 10259),
  };
}

/** Whether a component says so on its own port, behind a certificate that it made itself. */
function healthy(namespaces: Namespaces, port: number): () => Promise<boolean> {
  return async () => (await namespaces.get(`https://127.0.0.1:${port}/healthz`)) === 'ok';
}
