import { describe, expect, it } from 'vitest';
import type { Mutant } from './mutant.ts';
import { judge, problemsUnmutated, type Report } from './verdict.ts';

type Result = Report['testResults'][number]['assertionResults'][number];

const passed: Result = {
  ancestorTitles: ['the cache'],
  title: 'keeps tenants apart',
  status: 'passed',
  failureMessages: [],
};
const failed: Result = {
  ancestorTitles: ['the cache'],
  title: 'asks once',
  status: 'failed',
  failureMessages: ['AssertionError: expected 2 to be 1\n    at cache.test.ts:3'],
};
const skipped: Result = { ancestorTitles: ['the cache'], title: 'forgets', status: 'skipped', failureMessages: [] };

function report(...assertionResults: Result[]): Report {
  const success = !assertionResults.includes(failed);
  const file = { name: '/copy/service/cache.test.ts', status: success ? 'passed' : 'failed', assertionResults };
  return { success, testResults: [file] };
}

const unloaded: Report = {
  success: false,
  testResults: [
    {
      name: '/copy/service/cache.test.ts',
      status: 'failed',
      message: 'Transform failed with 1 error:\n  Unexpected token',
      assertionResults: [],
    },
  ],
};

describe('a mutant', () => {
  it('is killed when a test fails, which is named', () => {
    expect(judge(report(passed, failed))).toEqual({ outcome: 'killed', detail: 'the cache > asks once' });
  });

  it('survives when every test passes', () => {
    expect(judge(report(passed, skipped))).toEqual({ outcome: 'survived', detail: '' });
  });

  it('is broken when a test file cannot be loaded, even though a test of another file fails', () => {
    const detail = 'cannot be loaded: Transform failed with 1 error:';
    expect(judge(unloaded)).toEqual({ outcome: 'broken', detail });
    const both = { success: false, testResults: [...report(failed).testResults, ...unloaded.testResults] };
    expect(judge(both)).toEqual({ outcome: 'broken', detail });
  });

  it('is broken when a hook fails, so that no test ran', () => {
    const file = { name: 'a.test.ts', status: 'failed', message: 'connection refused', assertionResults: [skipped] };
    expect(judge({ success: false, testResults: [file] })).toEqual({
      outcome: 'broken',
      detail: 'cannot be loaded: connection refused',
    });
  });

  it.each(['ReferenceError: lock is not defined\n    at a.ts:1', 'SyntaxError: missing )'])(
    'is broken when its tests fail by %j alone',
    (message) => {
      const error: Result = { ...failed, failureMessages: [message] };
      expect(judge(report(passed, error, error))).toMatchObject({ outcome: 'broken' });
      expect(judge(report(error, failed))).toEqual({ outcome: 'killed', detail: 'the cache > asks once' });
    },
  );

  it('is broken when vitest crashed, or ran out of time', () => {
    expect(judge(undefined)).toEqual({ outcome: 'broken', detail: 'vitest ended without a report' });
  });

  it('is broken when vitest fails without a test that does, as for a rejection that nobody handles', () => {
    expect(judge({ ...report(passed), success: false })).toMatchObject({ outcome: 'broken' });
  });

  it('is broken when no test ran', () => {
    expect(judge(report(skipped))).toEqual({ outcome: 'broken', detail: 'no test ran' });
    expect(judge({ success: true, testResults: [] })).toMatchObject({ outcome: 'broken' });
  });
});

describe('the tests, unmutated,', () => {
  const mutant: Mutant = {
    name: 'no tenant',
    protects: 'Tenants see each other.',
    file: 'service/cache.ts',
    find: 'tenant',
    replace: '',
    tests: ['service/cache.test.ts'],
  };

  it('are in order when they pass and are all there', () => {
    expect(
      problemsUnmutated(report(passed), [mutant, { ...mutant, testName: '^the cache > keeps .* apart$' }]),
    ).toEqual([]);
  });

  it('must pass', () => {
    expect(problemsUnmutated(report(passed, failed), [mutant])).toEqual(['fails unmutated: the cache > asks once']);
  });

  it('must load', () => {
    expect(problemsUnmutated(unloaded, [])).toEqual([
      'fails unmutated: /copy/service/cache.test.ts: Transform failed with 1 error:',
    ]);
    expect(problemsUnmutated(undefined, [])).toEqual(['vitest ended without a report']);
    expect(problemsUnmutated({ ...report(passed), success: false }, [])).toEqual([
      'vitest fails unmutated, but none of its tests does',
    ]);
  });

  it('must be there', () => {
    expect(problemsUnmutated(report(passed), [{ ...mutant, tests: ['service/other.test.ts'] }])).toEqual([
      'the mutant "no tenant" names service/other.test.ts, which has no test that runs',
    ]);
  });

  it('must match the name that a mutant gives, and not be skipped', () => {
    const problem =
      'the mutant "no tenant" names service/cache.test.ts, which has no test that runs and matches "forgets"';
    expect(problemsUnmutated(report(passed, skipped), [{ ...mutant, testName: 'forgets' }])).toEqual([problem]);
  });
});
