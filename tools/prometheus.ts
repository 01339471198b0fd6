import { goTool } from './go-tool.ts';

/**
 * Path of the Prometheus server, which is built from tools/promtool/go.mod: it is of the same module as promtool.
 *
 * @throws when it is not built yet and there is no Go.
 */
export function prometheus(): Promise<string> {
  return goTool({
    name: 'prometheus',
    folder: 'promtool',
    module: 'github.com/prometheus/prometheus',
    command: 'cmd/prometheus',
    cost: 'about two minutes on two cores after promtool, five more without',
  });
}
