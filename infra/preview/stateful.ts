import type { ResourceChange } from './change.ts';
import { code } from './escape.ts';
import { textAt } from './untyped.ts';

const stateful = ['StatefulSet', 'PersistentVolumeClaim', 'PersistentVolume', 'Namespace'];

/** Replacements and deletions that take data or generated values with them, each as a sentence of Markdown. */
export function lostData(changes: readonly ResourceChange[]): readonly string[] {
  const going = changes.filter(({ operation }) => operation === 'replace' || operation === 'delete');
  return going.flatMap((change) => {
    const { operation, kind, name, consequence } = change;
    const what = `${code(`${kind} ${name}`)} is ${operation === 'replace' ? 'replaced' : 'deleted'}`;
    if (isGeneratedValue(change)) {
      const lost = operation === 'delete' && !isRotatedOut(change, changes);
      return lost ? [`${what}: its generated value is lost, and what was made with it may not open any more`] : [];
    }
    if (!stateful.includes(kind)) return [];
    const fields = consequence?.fields ?? [];
    const cause =
      fields.length === 0
        ? ''
        : ` because of ${fields
            .slice(0, 3)
            .map((field) => code(field))
            .join(', ')}`;
    return [`${what}${cause}: ${loss(change)}`];
  });
}

/** Whether a resource is a value that the program generates once and keeps in its state. */
export const isGeneratedValue = ({ kind }: Pick<ResourceChange, 'kind'>): boolean => /^Random[A-Z]/.test(kind);

/** A rotation gives a value a new resource with a higher counter, and lets the one before the last go. */
function isRotatedOut({ kind, name }: ResourceChange, changes: readonly ResourceChange[]): boolean {
  const [, base, counter] = /^(.+)-(\d+)$/.exec(name) ?? [];
  return changes.some((other) => {
    const [, otherBase, otherCounter] = /^(.+)-(\d+)$/.exec(other.name) ?? [];
    const isNext = other.operation === 'create' && other.kind === kind && otherBase === base;
    return isNext && base !== undefined && Number(otherCounter) > Number(counter);
  });
}

function loss({ kind, before }: ResourceChange): string {
  switch (kind) {
    case 'Namespace':
      return 'everything in it goes with it';
    case 'StatefulSet': {
      const goes = textAt(before, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete';
      return `all its copies stop, and its volumes ${goes ? 'go with their data' : 'stay'}`;
    }
    default:
      return 'its data goes with it, unless the storage retains it';
  }
}
