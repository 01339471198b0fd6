import { describe, expect, it } from 'vitest';
import { scrapes, scrapesItself } from './discovery.ts';
import { readScrapeJobs, scrapeConfigJob } from './scrape-job.ts';

const candidate = {
  service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { 'app.kubernetes.io/name': 'web' },
      annotations: { 'example.com/metrics': 'yes' },
    },
  },
  pod: { labels: { tier: 'front' } },
};
const finds = (job: string, from = 'shop') =>
  readScrapeJobs(`scrape_configs: [${job}]`).some((each) => scrapes(each, from, candidate));
const discovery = (config: string, ...relabellings: readonly string[]) =>
  finds(`{ kubernetes_sd_configs: [${config}], relabel_configs: [${relabellings.join(', ')}] }`);
const keep = (label: string, regex: string, action = 'keep') =>
  `{ source_labels: [${label}], regex: ${regex}, action: ${action} }`;

describe('a job with targets', () => {
  it('scrapes what one of them names', () => {
    expect(finds('{ static_configs: [{ targets: [api:80, web:80] }] }')).toBe(true);
    expect(finds('{ dns_sd_configs: [{ names: [web] }] }', 'monitoring')).toBe(false);
    expect(finds('{ dns_sd_configs: [{ names: [web.shop.svc] }] }', 'monitoring')).toBe(true);
  });

  it('has its own pod as a target when it names no other', () => {
    const itself = (target: string) =>
      readScrapeJobs(`scrape_configs: [{ static_configs: [{ targets: ['${target}'] }] }]`).some(scrapesItself);
    expect(['localhost:9090', 'localhost', '127.0.0.1:9090', '[::1]:9090'].every(itself)).toBe(true);
    expect(['localhost.example.com:80', 'web:9090'].some(itself)).toBe(false);
  });
});

describe('a job that discovers', () => {
  it('scrapes all that it does not drop', () => {
    expect(discovery('{ role: endpoints }')).toBe(true);
    expect(discovery('{ role: node }')).toBe(false);
    expect(discovery('{ role: endpoints }', keep('__meta_kubernetes_service_name', 'web', 'drop'))).toBe(false);
    expect(discovery('{ role: endpoints }', keep('__meta_kubernetes_service_name', 'api', 'drop'))).toBe(true);
  });

  it('looks only into its namespaces', () => {
    expect(discovery('{ role: pod, namespaces: { names: [shop] } }')).toBe(true);
    expect(discovery('{ role: pod, namespaces: { names: [other] } }')).toBe(false);
    const own = '{ kubernetes_sd_configs: [{ role: pod, namespaces: { own_namespace: true } }] }';
    expect([finds(own, 'shop'), finds(own, 'other')]).toEqual([true, false]);
  });

  it.each([
    ['__meta_kubernetes_service_name', 'web', true],
    ['__meta_kubernetes_service_name', 'we', false],
    ['__meta_kubernetes_service_name', 'w.b|api', true],
    ['__meta_kubernetes_namespace', 'shop', true],
    ['__meta_kubernetes_service_label_app_kubernetes_io_name', 'web', true],
    ['__meta_kubernetes_service_annotation_example_com_metrics', '"yes"', true],
    ['__meta_kubernetes_pod_label_tier', 'front', true],
    ['__meta_kubernetes_pod_label_tier', 'back', false],
    ['__meta_kubernetes_pod_label_none', '.+', false],
    ['__meta_kubernetes_pod_labelpresent_tier', '"true"', true],
    ['__meta_kubernetes_pod_labelpresent_none', '"true"', false],
    ['__meta_kubernetes_service_annotationpresent_example_com_metrics', '"true"', true],
    ['__meta_kubernetes_pod_name', 'web-0', true],
    ['__meta_kubernetes_pod_container_port_name', 'metrics', true],
    ['__meta_kubernetes_service_port_name', 'metrics', true],
    ['__tmp_made_before', 'x', true],
    ['__meta_kubernetes_service_name', '"("', false],
  ])('keeps by %s like %s: %s', (label, regex, expected) => {
    expect(discovery('{ role: endpoints }', keep(label, regex))).toBe(expected);
  });

  it('keeps by labels together', () => {
    const labels = '__meta_kubernetes_namespace, __meta_kubernetes_service_name';
    expect(discovery('{ role: endpoints }', keep(labels, 'shop;web'))).toBe(true);
    expect(discovery('{ role: endpoints }', keep(labels, 'web;shop'))).toBe(false);
  });

  it('keeps what is decided by something that is not known before', () => {
    expect(discovery('{ role: endpoints }', keep('__address__', '.*:9090'))).toBe(true);
    expect(discovery('{ role: endpoints }', keep('__address__', '.*:9090', 'drop'))).toBe(true);
    const labels = '__meta_kubernetes_service_name, __meta_kubernetes_endpoint_port_name';
    expect(discovery('{ role: endpoints }', keep(labels, 'web;metrics'))).toBe(true);
  });

  it('knows no pods of a Service', () => {
    expect(discovery('{ role: service }', keep('__meta_kubernetes_pod_label_tier', 'front'))).toBe(false);
  });

  it('knows no Service of a pod', () => {
    expect(discovery('{ role: pod }', keep('__meta_kubernetes_service_name', 'web'))).toBe(false);
  });

  it('is the same as a ScrapeConfig', () => {
    const [job] = scrapeConfigJob({
      kubernetesSDConfigs: [{ role: 'Endpoints', namespaces: { names: ['shop'] } }],
      relabelings: [{ sourceLabels: ['__meta_kubernetes_service_name'], regex: 'web', action: 'Keep' }],
    });
    expect(job && scrapes(job, 'monitoring', candidate)).toBe(true);
    const [other] = scrapeConfigJob({ staticConfigs: [{ targets: ['web.other:80'] }] });
    expect(other && scrapes(other, 'shop', candidate)).toBe(false);
  });
});

describe('text without jobs', () => {
  it.each([
    '',
    'scrape_configs: [',
    'a: { scrape_configs: none }',
    'scrape_configs: [1, { static_configs: 2 }]',
    '"x"',
  ])('has none: %j', (text) => {
    expect(readScrapeJobs(text)).toEqual([]);
  });
});
