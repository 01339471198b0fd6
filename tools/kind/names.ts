/** Name of the kind cluster, as `kind --name` takes it. */
export const clusterName = 'ballast';

/** The container of Docker that is its node, and the node's name in Kubernetes. */
export const nodeName = `${clusterName}-control-plane`;

/** Its context in the kubeconfig. */
export const contextName = `kind-${clusterName}`;
