import { alertmanager } from '../alertmanager.ts';
import { programImage } from '../cluster/program-image.ts';
import { goTool, pinnedVersion, type GoTool } from '../go-tool.ts';
import { prometheus } from '../prometheus.ts';
import { alloy } from './alloy.ts';
import { otelCollector } from './otel-collector.ts';
import type { Recipe } from './recipe.ts';

/** A program of a Go module, which alone is its image. */
interface GoProgram {
  /** What its project calls it. */
  readonly title: string;
  /** Where its version is pinned. */
  readonly pinned: Pick<GoTool, 'folder' | 'module'>;
  /** The release that a version of the module is; by default of the same number. */
  readonly release?: (version: string) => string;
  /** How it differs from the program of its publisher's image; by default not at all. */
  readonly differs?: string;
  /** Builds it, once, and gives its path. */
  readonly build: () => Promise<string>;
  /** Where its publisher's image has it, as the entry point. */
  readonly path: string;
}

const built = (tool: GoTool) => ({ pinned: tool, build: () => goTool(tool) });

const programs: Readonly<Record<string, GoProgram>> = {
  'docker.io/prom/prometheus': {
    title: 'Prometheus',
    pinned: { folder: 'promtool', module: 'github.com/prometheus/prometheus' },
    // v0.315.0 is 3.15.0, since Go wants another path for each major version from the second on.
    release: (version) =>
      version.replace(/^v0\.(\d+)(\d\d)\./, (_, major: string, minor: string) => `v${major}.${Number(minor)}.`),
    differs: 'without its pages',
    build: prometheus,
    path: '/bin/prometheus',
  },
  'docker.io/prom/alertmanager': {
    title: 'Alertmanager',
    pinned: { folder: 'alertmanager', module: 'github.com/prometheus/alertmanager' },
    differs: 'without its pages',
    build: alertmanager,
    path: '/bin/alertmanager',
  },
  'registry.k8s.io/kube-state-metrics/kube-state-metrics': {
    title: 'kube-state-metrics',
    ...built({
      name: 'kube-state-metrics',
      folder: 'kube-state-metrics',
      module: 'k8s.io/kube-state-metrics/v2',
      command: '.',
      cost: 'about three minutes on two cores',
      variables: (version) => ({ 'github.com/prometheus/common/version.Version': version }),
    }),
    path: '/kube-state-metrics',
  },
  'docker.io/jaegertracing/jaeger': {
    title: 'Jaeger',
    ...built({
      name: 'jaeger',
      folder: 'jaeger',
      module: 'github.com/jaegertracing/jaeger',
      command: 'cmd/jaeger',
      cost: 'about seven minutes on two cores',
      variables: (version) => ({ 'github.com/jaegertracing/jaeger/internal/version.latestVersion': jaeger2(version) }),
    }),
    release: jaeger2,
    differs: 'without its pages',
    path: '/cmd/jaeger/jaeger-linux',
  },
  'docker.io/grafana/loki': {
    title: 'Loki',
    ...built({
      name: 'loki',
      folder: 'loki',
      module: 'github.com/grafana/loki/v3',
      command: 'cmd/loki',
      cost: 'about five minutes on two cores',
      variables: (version) => ({ 'github.com/grafana/loki/v3/pkg/util/build.Version': version.slice(1) }),
    }),
    path: '/usr/bin/loki',
  },
  'docker.io/otel/opentelemetry-collector-contrib': {
    title: 'OpenTelemetry Collector',
    ...built(otelCollector),
    differs: 'with the components that the stack names',
    path: '/otelcol-contrib',
  },
  'docker.io/grafana/alloy': {
    title: 'Grafana Alloy',
    ...built(alloy),
    differs: 'with the components that the stack names, without its pages',
    path: '/bin/alloy',
  },
  // No part of the stack: a gateway, for clusters that have none.
  'docker.io/library/traefik': {
    title: 'Traefik',
    ...built({
      name: 'traefik',
      folder: 'traefik',
      module: 'github.com/traefik/traefik/v3',
      command: 'cmd/traefik',
      cost: 'about ten minutes on two cores',
      variables: (version) => ({ 'github.com/traefik/traefik/v3/pkg/version.Version': version.slice(1) }),
      // They are made at a release, and are not in the module.
      leftOut: { 'webui/static/index.html': 'Built for tests, without pages.' },
    }),
    differs: 'without its pages',
    path: '/traefik',
  },
};

/**
 * Images of programs that Go modules have, by repository. They are of the releases that the stack runs, but for Jaeger: 2.13.0
 * is the newest that is also a module. Traefik is 3.7.12, since not all that 3.7.13 needs is published. What an image is,
 * its label `org.opencontainers.image.description` says.
 */
export const goImages: Readonly<Record<string, Recipe>> = Object.fromEntries(
  Object.entries(programs).map(([repository, program]) => [repository, goRecipe(program)]),
);

function goRecipe(program: GoProgram): Recipe {
  const { title, pinned, release, differs, build, path } = program;
  const version = pinnedVersion(pinned);
  const number = (release?.(version) ?? version).slice(1);
  const what = [`${title} ${number} from its Go module (${version})`, differs].filter(Boolean).join(', ');
  return {
    kind: 'real',
    what,
    make: async (name) => {
      const asked = /:v?(\d[^/@]*)(?:@.*)?$/.exec(name)?.[1];
      const description = asked === number ? what : `${what}, in place of ${asked ?? name}`;
      const Labels = { 'org.opencontainers.image.description': description };
      const { archive } = await programImage({ name, program: await build(), path, config: { Labels } });
      return archive;
    },
  };
}

/**
 * v1.76.0 is 2.13.0, both of one commit: https://github.com/jaegertracing/jaeger/releases/tag/v1.76.0. Later ones are not
 * published as a module, whose path would have to end with `/v2`.
 */
function jaeger2(version: string): string {
  return version.replace(/^v1\.(\d+)\./, (_, minor: string) => `v2.${Number(minor) - 63}.`);
}
