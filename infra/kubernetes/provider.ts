import * as k8s from '@pulumi/kubernetes';

/** Which cluster; the ambient kubeconfig and its current context when nothing is said. */
export interface ProviderArgs {
  /** Path or content of a kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context of it. */
  readonly context?: string | undefined;
}

/**
 * The one provider of everything in the cluster. A changed ConfigMap or Secret is an update of the object, which keeps its name,
 * and not a replacement; objects are applied by the server, which refuses to take a field that another owns.
 */
export function kubernetesProvider({ kubeconfig, context }: ProviderArgs): k8s.Provider {
  return new k8s.Provider('kubernetes', {
    enableServerSideApply: true,
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
}
