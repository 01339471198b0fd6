import { goTool } from './go-tool.ts';

/**
 * Path of a program of Kubernetes, built from tools/kubernetes/go.mod.
 *
 * @throws when there is no Go, or the build fails.
 */
export async function kubernetes(program: 'kube-apiserver' | 'kube-controller-manager' | 'kubectl'): Promise<string> {
  return goTool({
    name: program,
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
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
