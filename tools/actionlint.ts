import { goTool } from './go-tool.ts';

/**
 * Path of actionlint, which reads workflows of GitHub Actions for mistakes, built from tools/actionlint/go.mod.
 *
 * @throws when there is no Go, or the build fails.
 */
export async function actionlint(): Promise<string> {
  return goTool({
    name: 'actionlint',
    folder: 'actionlint',
    module: 'github.com/rhysd/actionlint',
    command: 'cmd/actionlint',
    cost: 'about half a minute on two cores',
  });
}
