import { goTool, pinnedVersion } from './go-tool.ts';

/** A program of Kubernetes. */
export type KubernetesProgram =
  'kube-apiserver' | 'kube-controller-manager' | 'kube-proxy' | 'kube-scheduler' | 'kubeadm' | 'kubectl' | 'kubelet';

const pinned = { folder: 'kubernetes', module: 'k8s.io/kubernetes' } as const;

/** The release that is built: `v1.35.4`. */
export const kubernetesVersion = () => pinnedVersion(pinned);

/**
 * Path of a program of Kubernetes, built from tools/kubernetes/go.mod.
 *
 * @throws when there is no Go, or the build fails.
 */
export async function kubernetes(program: KubernetesProgram): Promise<string> {
  return goTool({
    ...pinned,
    name: program,
    command: `cmd/${program}`,
    cost: 'about four minutes on two cores',
    variables: versionVariables,
  });
}

/** What a release of Kubernetes is linked with; without it, /version says v0.0.0 and clients compare with that. */
function versionVariables(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const name = 'k8s.io/component-base/version';
  return { [`${name}.gitVersion`]: version, [`${name}.gitMajor`]: major, [`${name}.gitMinor`]: minor };
}
