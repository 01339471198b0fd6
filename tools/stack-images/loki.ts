import { textsBelow } from '../fingerprint.ts';
import type { GoTool } from '../go-tool.ts';

const module = 'github.com/grafana/loki/v3';

/** Loki without stores that the stack does not have, whose clients are a third of all that it is built from. */
export const loki: GoTool = {
  name: 'loki',
  folder: 'loki',
  module,
  command: 'cmd/loki',
  cost: 'about three minutes on two cores',
  variables: (version) => ({ [`${module}/pkg/util/build.Version`]: version.slice(1) }),
  ownFiles: { [module]: textsBelow('loki/part') },
  ownPackages: { [module]: textsBelow('loki/packages') },
};
