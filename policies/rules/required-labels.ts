import { z } from 'zod';
import { isKind, type ObjectMeta } from '../kubernetes/object.ts';
import { podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

const parameters = z.strictObject({
  /** What it is, which one of several, what it belongs to, and who changes it. */
  labels: z
    .array(z.string().min(1))
    .default([
      'app.kubernetes.io/name',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/part-of',
      'app.kubernetes.io/managed-by',
    ]),
});

export const requiredLabels: ObjectRule<typeof parameters> = {
  name: 'required-labels',
  demand: 'Every workload, its pods and every Service have the required labels.',
  reason: 'By labels people and tools find what belongs together, whom to ask about it and what it costs.',
  standard: {
    name: 'Kubernetes: recommended labels',
    url: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/#labels',
  },
  fix: "Add them to the `metadata.labels` of the object, and to those of its pods' template.",
  level: 'mandatory',
  severity: 'low',
  parameters,
  checkObject(object, { labels }) {
    const pod = podOf(object);
    if (pod === undefined && !isKind(object, '', 'Service')) return [];
    const lacks = (metadata: ObjectMeta | undefined) =>
      labels.filter((label) => (metadata?.labels?.[label] ?? '') === '').join(', ');
    const [own, ofPods] = [lacks(object.metadata), lacks(pod?.metadata)];
    return [
      ...(own === '' ? [] : [`it lacks the labels ${own}`]),
      ...(pod === undefined || object.kind === 'Pod' || ofPods === '' ? [] : [`its pods lack the labels ${ofPods}`]),
    ];
  },
};
