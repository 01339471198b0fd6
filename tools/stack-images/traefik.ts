import { textsBelow } from '../fingerprint.ts';
import { pinnedVersion, type GoTool } from '../go-tool.ts';

/** Traefik without what finds containers of Amazon ECS, and without services of names for certificates: half of its source. */
export const traefik: GoTool = {
  name: 'traefik',
  folder: 'traefik',
  module: 'github.com/traefik/traefik/v3',
  command: 'cmd/traefik',
  cost: 'about four minutes on two cores',
  variables: (version) => ({ 'github.com/traefik/traefik/v3/pkg/version.Version': version.slice(1) }),
  ownFiles: {
    'github.com/traefik/traefik/v3': {
      ...textsBelow('traefik/part'),
      // Its pages are made at a release, and are not in the module.
      'webui/static/index.html': 'Built for tests, without pages.',
    },
    'github.com/go-acme/lego/v5': textsBelow('traefik/lego'),
  },
};

/** No part of the stack: a gateway, for clusters that have none. Of the release that is pinned. */
export const traefikImage = `docker.io/library/traefik:${pinnedVersion(traefik)}`;
