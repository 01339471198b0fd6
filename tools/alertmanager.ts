import { goTool, type GoTool } from './go-tool.ts';

/** Alertmanager and amtool are of one module. */
const pinned = {
  folder: 'alertmanager',
  module: 'github.com/prometheus/alertmanager',
  // Its pages are made at a release, and are not in the module. Tests ask its API.
  ownFiles: {
    'github.com/prometheus/alertmanager': { 'ui/app/dist/index.html': 'Built for tests, without pages.' },
  },
} as const;

/** Alertmanager, of tools/alertmanager/go.mod. */
export const alertmanagerTool: GoTool = {
  ...pinned,
  name: 'alertmanager',
  command: 'cmd/alertmanager',
  cost: 'about two minutes on two cores',
};

/**
 * Path of Alertmanager.
 *
 * @throws when it is not built yet and there is no Go.
 */
export const alertmanager = () => goTool(alertmanagerTool);

/**
 * Path of amtool, which tells where a configuration of Alertmanager routes an alert to.
 *
 * @throws when it is not built yet and there is no Go.
 */
export function amtool(): Promise<string> {
  return goTool({ ...pinned, name: 'amtool', command: 'cmd/amtool', cost: 'seconds after Alertmanager' });
}
