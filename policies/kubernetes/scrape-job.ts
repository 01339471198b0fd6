import { parse } from 'yaml';
import { z } from 'zod';

const texts = z.array(z.string()).default([]);

const relabelling = z.object({
  source_labels: texts,
  separator: z.string().default(';'),
  regex: z.union([z.string(), z.number(), z.boolean()]).transform(String).default('.*'),
  action: z.string().default('replace'),
});

const job = z.object({
  static_configs: z.array(z.object({ targets: texts })).default([]),
  dns_sd_configs: z.array(z.object({ names: texts })).default([]),
  kubernetes_sd_configs: z
    .array(
      z.object({
        role: z.string().transform((role) => role.toLowerCase()),
        namespaces: z.object({ own_namespace: z.boolean().default(false), names: texts }).prefault({}),
      }),
    )
    .default([]),
  relabel_configs: z.array(relabelling).default([]),
});

/**
 * One job of Prometheus, as far as a rule reads it.
 *
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config
 */
export type ScrapeJob = z.output<typeof job>;
/** A rule by which a job keeps or drops what it finds. */
export type Relabelling = z.output<typeof relabelling>;

/**
 * The jobs of a Prometheus configuration, wherever in the text `scrape_configs` stands: Prometheus' own file, or the one of a
 * collector around it. None where the text is none that can be read.
 */
export function readScrapeJobs(text: string): readonly ScrapeJob[] {
  if (typeof text !== 'string' || !text.includes('scrape_configs:')) return [];
  try {
    return scrapeConfigs(parse(text, { logLevel: 'error' }));
  } catch {
    return [];
  }
}

/** What stands under every key `scrape_configs`. */
function scrapeConfigs(value: unknown): readonly ScrapeJob[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'scrape_configs' && Array.isArray(inner) ? inner.flatMap(readJob) : scrapeConfigs(inner),
  );
}

function readJob(given: unknown): readonly ScrapeJob[] {
  const read = job.safeParse(given);
  return read.success ? [read.data] : [];
}

interface ScrapeConfigSpec {
  readonly staticConfigs?: unknown;
  readonly dnsSDConfigs?: unknown;
  readonly kubernetesSDConfigs?: readonly {
    readonly role?: string;
    readonly namespaces?: { readonly ownNamespace?: boolean; readonly names?: readonly string[] };
  }[];
  readonly relabelings?: readonly {
    readonly sourceLabels?: readonly string[];
    readonly separator?: string;
    readonly regex?: string;
    readonly action?: string;
  }[];
}

/**
 * The spec of a ScrapeConfig of the Prometheus operator as the job that it makes.
 *
 * Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.ScrapeConfig
 */
export function scrapeConfigJob(spec: unknown): readonly ScrapeJob[] {
  const { staticConfigs, dnsSDConfigs, kubernetesSDConfigs, relabelings } = (spec ?? {}) as ScrapeConfigSpec;
  return readJob({
    static_configs: staticConfigs,
    dns_sd_configs: dnsSDConfigs,
    kubernetes_sd_configs: kubernetesSDConfigs?.map(({ role, namespaces: { ownNamespace, names } = {} }) => ({
      role,
      namespaces: { own_namespace: ownNamespace, names },
    })),
    relabel_configs: relabelings?.map(({ sourceLabels, action, ...rest }) => ({
      separator: rest.separator,
      regex: rest.regex,
      source_labels: sourceLabels,
      action: action?.toLowerCase(),
    })),
  });
}
