import { goTool } from './go-tool.ts';

/**
 * Path of kube-score, which reads manifests for what a careful reviewer would ask, built from tools/kube-score/go.mod.
 *
 * @throws when there is no Go, or the build fails.
 */
export async function kubeScore(): Promise<string> {
  return goTool({
    name: 'kube-score',
    folder: 'kube-score',
    module: 'github.com/zegl/kube-score',
    command: 'cmd/kube-score',
    cost: 'about a minute on two cores',
  });
}
