import { alertmanagerTool } from '../alertmanager.ts';
import { programImage } from '../cluster/program-image.ts';
import { goTool, pinnedVersion, type GoTool } from '../go-tool.ts';
import { prometheusTool } from '../prometheus.ts';
import { alloy } from './alloy.ts';
import { jaeger, jaeger2 } from './jaeger.ts';
import { loki } from './loki.ts';
import { otelCollector } from './otel-collector.ts';
import { whatIsMade, type Recipe } from './recipe.ts';
import { traefik } from './traefik.ts';

/** A program of a Go module, which alone is its image. */
interface GoProgram {
  /** What its project calls it. */
  readonly title: string;
  readonly tool: GoTool;
  /** The release that a version of the module is; by default of the same number. */
  readonly release?: (version: string) => string;
  /** How it differs from the program of its publisher's image; by default not at all. */
  readonly differs?: string;
  /** Where its publisher's image has it, as the entry point. */
  readonly path: string;
}

const programs: Readonly<Record<string, GoProgram>> = {
  'docker.io/prom/prometheus': {
    title: 'Prometheus',
    tool: prometheusTool,
    // v0.315.0 is 3.15.0, since Go wants another path for each major version from the second on.
    release: (version) =>
      version.replace(/^v0\.(\d+)(\d\d)\./, (_, major: string, minor: string) => `v${major}.${Number(minor)}.`),
    differs: 'without its pages, finding targets by DNS, HTTP and files alone',
    path: '/bin/prometheus',
  },
  'docker.io/prom/alertmanager': {
    title: 'Alertmanager',
    tool: alertmanagerTool,
    differs: 'without its pages',
    path: '/bin/alertmanager',
  },
  'registry.k8s.io/kube-state-metrics/kube-state-metrics': {
    title: 'kube-state-metrics',
    tool: {
      name: 'kube-state-metrics',
      folder: 'kubernetes',
      module: 'k8s.io/kube-state-metrics/v2',
      command: '.',
      cost: 'some seconds after Kubernetes, else about a minute on two cores',
      variables: (version) => ({ 'github.com/prometheus/common/version.Version': version }),
    },
    path: '/kube-state-metrics',
  },
  'docker.io/jaegertracing/jaeger': {
    title: 'Jaeger',
    tool: jaeger,
    release: jaeger2,
    differs: 'with the components that the stack names, without its pages',
    path: '/cmd/jaeger/jaeger-linux',
  },
  'docker.io/grafana/loki': {
    title: 'Loki',
    tool: loki,
    differs: 'without the stores of Amazon, Google and IBM, and without SQLite',
    path: '/usr/bin/loki',
  },
  'docker.io/otel/opentelemetry-collector-contrib': {
    title: 'OpenTelemetry Collector',
    tool: otelCollector,
    differs: 'with the components that the stack names',
    path: '/otelcol-contrib',
  },
  'docker.io/grafana/alloy': {
    title: 'Grafana Alloy',
    tool: alloy,
    differs: 'with the components that the stack names, without its pages and discovery of its peers',
    path: '/bin/alloy',
  },
  'docker.io/library/traefik': {
    title: 'Traefik',
    tool: traefik,
    differs: 'without its pages, DNS providers and Amazon ECS',
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

function goRecipe({ title, tool, release: releaseOf, differs, path }: GoProgram): Recipe {
  const version = pinnedVersion(tool);
  const release = (releaseOf?.(version) ?? version).slice(1);
  const what = [`${title} ${release} from its Go module (${version})`, differs].filter(Boolean).join(', ');
  return {
    kind: 'real',
    what,
    release,
    make: async (name) => {
      const Labels = { 'org.opencontainers.image.description': whatIsMade({ what, release }, name) };
      const { archive } = await programImage({ name, program: await goTool(tool), path, config: { Labels } });
      return archive;
    },
  };
}
