/**
 * The lines of a requirements file that are for one Python, without their conditions: pip would go by the Python that it runs
 * in, and not by the one that it installs for.
 *
 * @param python its version: `3.11.2`.
 * @throws when a condition is not `python_version < "X"` or `python_full_version < "X"`.
 */
export function requirementsFor(python: string, requirements: string): string {
  return requirements
    .split('\n')
    .flatMap((line) => {
      const [requirement = '', condition] = line.split(' ; ', 2);
      if (condition === undefined) return [line];
      const [, before] = /^python_(?:full_)?version < "([\d.]+)"$/.exec(condition) ?? [];
      if (before === undefined) throw new Error(`${line}: the condition must be python_version < "X"`);
      return isBefore(python, before) ? [requirement] : [];
    })
    .join('\n');
}

/** With X of two numbers, 3.11.2 is not before 3.11, as `python_version` is of two numbers too. */
function isBefore(version: string, other: string): boolean {
  const theirs = other.split('.').map(Number);
  const ours = version.split('.').slice(0, theirs.length).map(Number);
  const different = theirs.findIndex((part, index) => part !== ours[index]);
  return different !== -1 && (ours[different] ?? 0) < (theirs[different] ?? 0);
}
