import type { Operation, ResourceChange } from '../change.ts';

/** Operations in the order in which they are counted and, by how much they ask for a look, listed. */
const countedOperations = ['create', 'update', 'replace', 'delete', 'import'] as const satisfies readonly Operation[];

/** How many of a list of changes are of one operation. */
export const countOf = (changes: readonly ResourceChange[], operation: Operation): number =>
  changes.filter((change) => change.operation === operation).length;

/** `2 update, 1 replace`. */
export const countsOf = (changes: readonly ResourceChange[]): string =>
  countedOperations
    .map((operation) => ({ operation, count: countOf(changes, operation) }))
    .filter(({ count }) => count > 0)
    .map(({ operation, count }) => `${count.toLocaleString('en')} ${operation}`)
    .join(', ');
