import { groupOf, type Manifest } from '../render/manifest.ts';
import { at, listAt, textAt } from './untyped.ts';

/** The PodDisruptionBudgets that select the pods of a workload. */
export function budgetsOf(workload: Manifest, objects: readonly Manifest[]): readonly Manifest[] {
  const labels = at(workload, 'spec', 'template', 'metadata', 'labels');
  return objects.filter(
    (each) =>
      each.kind === 'PodDisruptionBudget' &&
      groupOf(each) === 'policy' &&
      each.metadata.namespace === workload.metadata.namespace &&
      selects(at(each, 'spec', 'selector'), labels),
  );
}

/**
 * How many of so many copies a budget keeps. Percentages are rounded as Kubernetes does, both up:
 * https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
 */
export function keptBy(budget: Manifest, copies: number): number {
  const least = share(at(budget, 'spec', 'minAvailable'), copies, Math.ceil);
  if (least !== undefined) return least;
  const away = share(at(budget, 'spec', 'maxUnavailable'), copies, Math.ceil);
  return away === undefined ? 0 : Math.max(0, copies - away);
}

/** A number or a percentage of a whole. */
export function share(value: unknown, whole: number, round: (number: number) => number): number | undefined {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? undefined : round((Number(percent) * whole) / 100);
}

/** An absent selector selects nothing, an empty one everything. */
function selects(selector: unknown, labels: unknown): boolean {
  if (typeof selector !== 'object' || selector === null) return false;
  const wanted = Object.entries(at(selector, 'matchLabels') ?? {});
  return (
    wanted.every(([key, value]) => textAt(labels, key) === value) &&
    listAt(selector, 'matchExpressions').every((expression) => meets(expression, labels))
  );
}

function meets(expression: unknown, labels: unknown): boolean {
  const value = textAt(labels, textAt(expression, 'key') ?? '');
  const isAmong = value !== undefined && listAt(expression, 'values').includes(value);
  const byOperator: Readonly<Record<string, boolean>> = {
    In: isAmong,
    NotIn: !isAmong,
    Exists: value !== undefined,
    DoesNotExist: value === undefined,
  };
  return byOperator[textAt(expression, 'operator') ?? ''] ?? false;
}
