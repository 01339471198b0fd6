/** A time through which something was so. Milliseconds since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The times through which something held, of moments at which one has looked: each lasts until the next look.
 *
 * @param end of the last look.
 */
export function stretchesOf<T extends { readonly at: number }>(
  looks: readonly T[],
  end: number,
  holds: (look: T) => boolean,
): Stretch[] {
  const stretches: Stretch[] = [];
  let from: number | undefined;
  for (const look of looks) {
    if (holds(look)) from ??= look.at;
    else if (from !== undefined) {
      stretches.push({ from, to: look.at });
      from = undefined;
    }
  }
  return from === undefined ? stretches : [...stretches, { from, to: end }];
}
