import { describe, expect, it } from 'vitest';
import type { Link } from '../../connection.ts';
import type { Workload } from '../../workload.ts';
import { alloyWorkload } from './alloy.ts';
import { lokiSettings } from './loki.ts';

const loki: Link = {
  url: 'http://loki:3100',
  connection: { to: 'workload', workload: 'loki', port: 'http' },
};
const { resources } = lokiSettings.parse({}).alloy;
const alloy = (apiSendsLogs: boolean) =>
  alloyWorkload({ images: {}, namespace: 'rag-prod', loki, apiSendsLogs, resources });
const textOf = ({ volumes }: Workload) =>
  volumes?.find((volume) => volume.kind === 'files')?.files['config.alloy'] ?? '';
const workload = alloy(false);
const text = textOf(workload);

describe('Alloy', () => {
  it("reads only the pods of the stack's namespace", () => {
    expect(text).toContain('names = ["rag-prod"]');
    expect(workload.traits?.kubernetesAccess?.scope).toBe('namespace');
  });

  it('may read pods and their logs, and nothing else', () => {
    const rights = workload.traits?.kubernetesAccess?.rules.flatMap(({ resources, verbs }) =>
      resources.map((resource) => `${resource}: ${verbs.join(' ')}`),
    );
    expect(rights).toEqual(['pods: get list watch', 'pods/log: get list watch']);
  });

  it('mounts no path of the node', () => {
    expect(workload.volumes?.map(({ kind }) => kind)).toEqual(['files', 'scratch', 'scratch']);
  });

  it('calls the API server and Loki alone', () => {
    expect(workload.connections).toEqual([loki.connection, { to: 'kubernetes-api' }]);
    expect(workload.containers[0].args).toContain('--disable-reporting');
  });

  it('labels each line by namespace, pod, container and part', () => {
    const rules = [...text.matchAll(/source_labels = \["(\w+)"\]\n\t\ttarget_label = "(\w+)"/g)];
    expect(Object.fromEntries(rules.map(([, source, target]) => [target, source]))).toEqual({
      namespace: '__meta_kubernetes_namespace',
      pod: '__meta_kubernetes_pod_name',
      container: '__meta_kubernetes_pod_container_name',
      app: '__meta_kubernetes_pod_label_app_kubernetes_io_name',
    });
  });

  it('leaves out the API and its canary alone where their logs come another way', () => {
    const rule =
      '\t\tsource_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]\n' +
      '\t\tregex = "api"\n\t\taction = "drop"\n';
    expect(textOf(alloy(true)).replace(`\trule {\n${rule}\t}\n`, '')).toBe(text);
    expect(textOf(alloy(true))).toContain(rule);
    expect(text).not.toContain('drop');
  });

  it('hands each component what the one before makes', () => {
    const made = [...text.matchAll(/^([a-z.]+) "(\w+)" \{$/gm)].map(([, name, label]) => `${name}.${label}`);
    const used = [...text.matchAll(/= \[?([a-z.]+\.\w+)\.(?:targets|output|receiver)\]?$/gm)].map(([, name]) => name);
    expect(made).toEqual([
      'discovery.kubernetes.pods',
      'discovery.relabel.pods',
      'loki.source.kubernetes.pods',
      'loki.write.stack',
    ]);
    expect(used).toEqual(['discovery.kubernetes.pods', 'discovery.relabel.pods', 'loki.write.stack']);
  });

  it('writes to the push endpoint of Loki', () => {
    expect(text).toContain('url = "http://loki:3100/loki/api/v1/push"');
  });
});
