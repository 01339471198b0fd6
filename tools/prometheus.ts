import { goTool, type GoTool } from './go-tool.ts';

/** The Prometheus server, of tools/promtool/go.mod: it is of the same module as promtool. */
export const prometheusTool: GoTool = {
  name: 'prometheus',
  folder: 'promtool',
  module: 'github.com/prometheus/prometheus',
  command: 'cmd/prometheus',
  cost: 'about two minutes on two cores, half of it after promtool',
};

/**
 * Path of the Prometheus server.
 *
 * @throws when it is not built yet and there is no Go.
 */
export const prometheus = () => goTool(prometheusTool);
