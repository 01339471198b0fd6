import type { Mutant } from './mutant.ts';

/** What Vitest's JSON reporter says, as far as it is used. Paths are absolute. */
export interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

type TestFile = Report['testResults'][number];
type Result = TestFile['assertionResults'][number];

/** How one mutant ended. `broken` is a mutant that proves nothing: its code does not run, or its tests do not. */
export interface Verdict {
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** The test that noticed, or what is broken. */
  readonly detail: string;
}

/** Errors of code that is no code: names that nobody declared, text that cannot be parsed. */
const noCode = /^(ReferenceError|SyntaxError)\b/;

/** Judges a run of the named tests on mutated code. @param report absent when Vitest ended without one. */
export function judge(report: Report | undefined): Verdict {
  if (!report) return { outcome: 'broken', detail: 'vitest ended without a report' };
  const unloaded = report.testResults.find(isUnloaded);
  if (unloaded) return { outcome: 'broken', detail: `cannot be loaded: ${firstLine(unloaded.message)}` };
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.filter(({ status }) => status === 'failed');
  const noticed = failed.find(({ failureMessages }) => !noCode.test(failureMessages?.[0] ?? ''));
  if (noticed) return { outcome: 'killed', detail: nameOf(noticed) };
  if (failed[0]) return { outcome: 'broken', detail: firstLine(failed[0].failureMessages?.[0]) };
  if (!report.success) return { outcome: 'broken', detail: 'vitest failed, but none of its tests did' };
  if (!results.some(({ status }) => status === 'passed')) return { outcome: 'broken', detail: 'no test ran' };
  return { outcome: 'survived', detail: '' };
}

/**
 * What is wrong with the named tests before anything is mutated: a test that fails anyway proves nothing, and neither
 * does one that is not there.
 */
export function problemsUnmutated(report: Report | undefined, mutants: readonly Mutant[]): readonly string[] {
  if (!report) return ['vitest ended without a report'];
  const problems = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length > 0) return failed.map((result) => `fails unmutated: ${nameOf(result)}`);
    return status === 'failed' ? [`fails unmutated: ${name}: ${firstLine(message)}`] : [];
  });
  for (const { name, tests, testName } of mutants) {
    for (const test of tests) {
      const ran = report.testResults.find((file) => file.name.endsWith(`/${test}`))?.assertionResults ?? [];
      const pattern = new RegExp(testName ?? '');
      if (!ran.some((result) => result.status !== 'skipped' && pattern.test(nameOf(result)))) {
        const which = testName === undefined ? '' : ` and matches "${testName}"`;
        problems.push(`the mutant "${name}" names ${test}, which has no test that runs${which}`);
      }
    }
  }
  if (problems.length === 0 && !report.success) problems.push('vitest fails unmutated, but none of its tests does');
  return problems;
}

function isUnloaded({ status, assertionResults }: TestFile): boolean {
  return status === 'failed' && !assertionResults.some((result) => result.status === 'failed');
}

/** Name of a test as Vitest shows it, and as `-t` is compared with it. */
function nameOf({ ancestorTitles, title }: Result): string {
  return [...ancestorTitles, title].join(' > ');
}

function firstLine(text: string | undefined): string {
  return text?.trim().split('\n')[0] ?? 'no message';
}
