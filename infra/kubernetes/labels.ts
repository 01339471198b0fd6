import type { Workload } from '../workload.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The recommended labels of an object: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 *
 * @param component What it is in the stack.
 * @param stack Name of the Pulumi stack.
 */
export function objectLabels(name: string, component: string, stack: string): Labels {
  return { ...stackLabels(stack), ...selectorLabels(name), 'app.kubernetes.io/component': component };
}

/** The labels of everything that belongs to a workload. */
export const workloadLabels = (workload: Workload, stack: string): Labels =>
  objectLabels(workload.name, workload.component, stack);

/** Labels of what belongs to the stack as a whole: its namespace, its quota. */
export function stackLabels(stack: string): Labels {
  return {
    'app.kubernetes.io/part-of': 'ballast',
    'app.kubernetes.io/instance': stack,
    'app.kubernetes.io/managed-by': 'pulumi',
  };
}

/**
 * What selects a workload's pods, in its Service, its policies and its own controller. Only what never changes, since a
 * Deployment's selector is immutable: the name, unique in the namespace, and `part-of`, so that a pod that somebody else runs
 * there under the same name is not taken for ours. The stack's name and the component are left out.
 *
 * @param workload Name of the workload.
 */
export function selectorLabels(workload: string): Labels {
  return { 'app.kubernetes.io/name': workload, 'app.kubernetes.io/part-of': 'ballast' };
}
