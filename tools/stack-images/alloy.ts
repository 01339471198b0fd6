import { textsBelow } from '../fingerprint.ts';
import type { GoTool } from '../go-tool.ts';

/**
 * Grafana Alloy with the components that the stack's configuration names. Its module has no main package, and not every
 * file of the other components.
 */
export const alloy: GoTool = {
  name: 'alloy',
  folder: 'alloy',
  module: 'github.com/grafana/alloy',
  command: 'cmd/alloy',
  cost: 'about four minutes on two cores',
  variables: (version) => ({ 'github.com/grafana/alloy/internal/build.Version': version }),
  ownFiles: { 'github.com/grafana/alloy': textsBelow('alloy/part') },
};
