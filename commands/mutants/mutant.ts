/** A protection taken out of the code, to prove that a test notices. */
export interface Mutant {
  /** A few words that say what is missing: `the tenant is not in the cache key`. */
  readonly name: string;
  /** A sentence: what goes wrong for whom when the protection is missing. */
  readonly protects: string;
  /** File that is changed; paths are from the repository's root. */
  readonly file: string;
  /** Exact text that must occur once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files that must notice. */
  readonly tests: readonly string[];
  /** Only tests whose name, `suite > test`, matches this regular expression; it is given to `vitest -t`. */
  readonly testName?: string;
}

/** The list does not fit the code: a text is gone, or is there more than once. */
export class MutantError extends Error {
  override readonly name = 'MutantError';
}

/** The source with the mutant's change. @throws {MutantError} when its text does not occur exactly once. */
export function mutate(source: string, { name, file, find, replace }: Omit<Mutant, 'protects' | 'tests'>): string {
  if (find === replace) throw new MutantError(`the mutant "${name}" replaces its text by itself`);
  const [before, after, ...more] = find === '' ? [] : source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    const times = find === '' || after === undefined ? 'not' : `${more.length + 1} times`;
    throw new MutantError(`the text of the mutant "${name}" occurs ${times} in ${file}, but must occur exactly once`);
  }
  return before + replace + after;
}
