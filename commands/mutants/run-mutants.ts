import { formatTable } from '../table.ts';
import type { Mutant } from './mutant.ts';
import { judge, problemsUnmutated, type Verdict } from './verdict.ts';
import { WorkingCopy } from './working-copy.ts';

/** What {@link runMutants} works with. */
export interface MutantRun {
  /** The repository; it is copied, never changed. */
  readonly root: string;
  readonly mutants: readonly Mutant[];
  /** Is given each line. */
  readonly print: (line: string) => void;
  /** Longest time for one mutant, in milliseconds; two minutes by default. */
  readonly patienceMs?: number;
}

/**
 * Proves for each mutant that its tests notice: they pass as the code is, and one at least fails with the mutant's change.
 * Ends with the plain line `N passed, N failed`.
 *
 * @returns whether every mutant was killed.
 */
export async function runMutants({ root, mutants, print, patienceMs = 120_000 }: MutantRun): Promise<boolean> {
  const copy = new WorkingCopy(root);
  const interrupted = () => {
    copy.remove();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupted);
  try {
    const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
    print(`Running ${files.length} test files unmutated ...`);
    const problems = problemsUnmutated(await copy.test(files, undefined, files.length * patienceMs), mutants);
    if (problems.length > 0) {
      for (const problem of problems) print(problem);
      print(`0 passed, ${problems.length} failed`);
      return false;
    }
    const verdicts = new Map<Mutant, Verdict>();
    for (const mutant of mutants) {
      const verdict = await tryMutant(copy, mutant, patienceMs);
      verdicts.set(mutant, verdict);
      const detail = verdict.detail === '' ? '' : ` (${verdict.detail})`;
      print(`${verdicts.size}/${mutants.length} ${verdict.outcome}: ${mutant.name}${detail}`);
    }
    return summarise(verdicts, print);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupted);
    copy.remove();
  }
}

async function tryMutant(copy: WorkingCopy, mutant: Mutant, patienceMs: number): Promise<Verdict> {
  try {
    return judge(await copy.with(mutant, () => copy.test(mutant.tests, mutant.testName, patienceMs)));
  } catch (error) {
    return { outcome: 'broken', detail: error instanceof Error ? error.message : String(error) };
  }
}

function summarise(verdicts: ReadonlyMap<Mutant, Verdict>, print: (line: string) => void): boolean {
  const rows = [...verdicts].map(([{ name, file }, { outcome, detail }]) => [name, file, outcome, detail]);
  print('');
  print(formatTable(['MUTANT', 'FILE', 'OUTCOME', 'TEST THAT NOTICED, OR WHAT IS BROKEN'], rows));
  const survivors = [...verdicts].filter(([, { outcome }]) => outcome === 'survived');
  if (survivors.length > 0) print('\nSurvived, so that no test would notice:');
  for (const [{ name, protects, tests }] of survivors)
    print(`- ${name}: ${protects} Not noticed by ${tests.join(', ')}`);
  const killed = rows.filter(([, , outcome]) => outcome === 'killed').length;
  print(`\n${killed} passed, ${rows.length - killed} failed`);
  return killed === rows.length;
}
