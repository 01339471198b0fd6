import type { Manifest } from '../render/manifest.ts';
import { budgetsOf, keptBy, share } from './budget.ts';
import type { ResourceChange, StackPreview } from './change.ts';
import { copiesOf, runsCopies } from './copies.ts';
import { code } from './escape.ts';
import { byIdentity, identityOf } from '../render/identity.ts';
import { at, textAt } from './untyped.ts';

/** What a workload has to lose: its copies and what its budgets keep of them. */
interface Standing {
  readonly workload: Manifest;
  readonly copies: number;
  readonly budgets: readonly Manifest[];
  /** Most of what its budgets keep; 0 without one. */
  readonly kept: number;
  /** Copies that a rollout takes away at once. */
  readonly rollout: number;
}

/** Workloads that a change takes below what their PodDisruptionBudget keeps, each as a sentence of Markdown. */
export function lostAvailability({ objects, changes }: StackPreview): readonly string[] {
  const before = byIdentity(objects.before);
  const after = byIdentity(objects.after);
  const gone = objects.before.filter((each) => runsCopies(each) && !after.has(identityOf(each)));
  const staying = objects.after.filter(runsCopies).flatMap((workload) => {
    const earlier = before.get(identityOf(workload));
    const now = standing(workload, objects.after);
    const then = earlier === undefined ? undefined : standing(earlier, objects.before);
    const name = code(`${workload.kind} ${workload.metadata.name}`);
    const sentences = [fewerCopies(now, then), lostBudget(now, then), ...interruption(now, then, changes)];
    return sentences.flatMap((sentence) => (sentence === undefined ? [] : [`${name} ${sentence}`]));
  });
  return [...gone.flatMap((workload) => removal(standing(workload, objects.before))), ...staying];
}

/** Another name without an alias is a removal, too. */
function removal({ workload, copies, budgets: [budget], kept }: Standing): readonly string[] {
  if (budget === undefined || kept === 0 || copies === 0) return [];
  const name = code(`${workload.kind} ${workload.metadata.name}`);
  return [
    `${name} is deleted: its ${copies} copies go at once, of which its PodDisruptionBudget ${code(budget.metadata.name)} kept ${kept}`,
  ];
}

function standing(workload: Manifest, objects: readonly Manifest[]): Standing {
  const copies = copiesOf(workload, objects).fewest;
  const budgets = budgetsOf(workload, objects);
  const kept = Math.max(0, ...budgets.map((budget) => keptBy(budget, copies)));
  return { workload, copies, budgets, kept, rollout: rolloutLoss(workload, copies) };
}

function fewerCopies(now: Standing, then: Standing | undefined): string | undefined {
  const budget = now.budgets[0] ?? then?.budgets[0];
  const kept = Math.max(now.kept, then?.kept ?? 0);
  const isNew = then === undefined || then.copies >= then.kept;
  if (budget === undefined || now.copies >= kept || !isNew) return undefined;
  const name = `its PodDisruptionBudget ${code(budget.metadata.name)}`;
  const change =
    then === undefined || then.copies === now.copies
      ? `has ${now.copies}`
      : `goes from ${then.copies} to ${now.copies}`;
  if (now.copies < now.kept) return `${change} copies, below the ${now.kept} that ${name} keeps`;
  return now.budgets.length === 0
    ? `${change} copies, below the ${kept} that ${name} kept, which goes as well`
    : `${change} copies, while ${name} keeps ${now.kept} (kept ${kept})`;
}

function lostBudget(now: Standing, then: Standing | undefined): string | undefined {
  const budget = then?.budgets[0];
  if (budget === undefined || now.budgets.length > 0 || now.copies <= 1 || now.copies < (then?.kept ?? 0))
    return undefined;
  return `loses its PodDisruptionBudget ${code(budget.metadata.name)}: a drain may take all ${now.copies} copies at once`;
}

/** A replacement and a rollout ask no budget. */
function interruption(
  now: Standing,
  then: Standing | undefined,
  changes: readonly ResourceChange[],
): readonly (string | undefined)[] {
  const [budget] = now.budgets;
  if (then === undefined || budget === undefined || now.kept === 0) return [];
  const { kind, metadata } = now.workload;
  const change = changes.find(
    (each) => each.kind === kind && each.name === metadata.name && each.namespace === metadata.namespace,
  );
  const keeps = `the PodDisruptionBudget ${code(budget.metadata.name)} keeps ${now.kept}`;
  if (change?.operation === 'replace') return [`is replaced: all ${then.copies} copies go at once, while ${keeps}`];
  const takesTooMany = ({ copies, kept, rollout }: Standing) => copies - rollout < kept && copies >= kept;
  const restarts = change?.consequence?.kind === 'restart';
  if (!takesTooMany(now) || (takesTooMany(then) && !restarts)) return [];
  return [`loses ${now.rollout} of ${now.copies} copies at once in a rollout, while ${keeps}`];
}

/** Defaults: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable */
function rolloutLoss(workload: Manifest, copies: number): number {
  if (workload.kind !== 'Deployment') return 1;
  if (textAt(workload, 'spec', 'strategy', 'type') === 'Recreate') return copies;
  const rolling = at(workload, 'spec', 'strategy', 'rollingUpdate');
  const away = share(at(rolling, 'maxUnavailable') ?? '25%', copies, Math.floor) ?? 0;
  const more = share(at(rolling, 'maxSurge') ?? '25%', copies, Math.ceil) ?? 0;
  // Both at nothing would never get on, so that one is taken away then.
  return Math.min(copies, away === 0 && more === 0 ? 1 : away);
}
