import type { TestProject } from 'vitest/node';
import { etcd } from '../tools/etcd.ts';
import { kubernetes } from '../tools/kubernetes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of etcd. */
    etcd: string;
    /** Path of Kubernetes' API server. */
    kubeApiserver: string;
    /** Path of Kubernetes' controllers. */
    kubeControllerManager: string;
    /** Path of kubectl. */
    kubectl: string;
  }
}

/** Gets the programs that test/cluster/api-server.ts runs, before the first test. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('etcd', await etcd());
  project.provide('kubeApiserver', await kubernetes('kube-apiserver'));
  project.provide('kubeControllerManager', await kubernetes('kube-controller-manager'));
  project.provide('kubectl', await kubernetes('kubectl'));
}
