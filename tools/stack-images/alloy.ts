import type { GoTool } from '../go-tool.ts';
import { ownSource } from './own-source.ts';

const { files, hash } = ownSource('alloy/part', [
  'cmd/alloy/main.go',
  'internal/component/all/all.go',
  'internal/converter/converter.go',
]);

/**
 * Grafana Alloy with the components that the stack's configuration names. Its module has no main package, and not every
 * file of the other components.
 */
export const alloy: GoTool = {
  name: `alloy-${hash}`,
  folder: 'alloy',
  module: 'github.com/grafana/alloy',
  command: 'cmd/alloy',
  cost: 'about six minutes on two cores',
  variables: (version) => ({ 'github.com/grafana/alloy/internal/build.Version': version }),
  leftOut: files,
};
