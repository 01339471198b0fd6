import { describe, expect, it } from 'vitest';
import { UpstreamError, type UpstreamFault } from './upstream-error.ts';
import { DeadlineError } from './deadline.ts';
import { isRetryable, mayAskAnother, outcomeOf } from './failure.ts';
import { DrainingError } from './lifecycle.ts';

const usual = { deadlineShortened: false, holdIgnored: false };
const upstream = (fault: UpstreamFault) => new UpstreamError('qwen', fault, 'did not answer');

describe('each fault of an upstream', () => {
  it.each<[fault: UpstreamFault, outcome: 'failure' | 'ignored', retryable: boolean, another: boolean]>([
    ['connection', 'failure', true, true],
    ['timeout', 'failure', true, true],
    ['server', 'failure', true, true],
    ['credentials', 'failure', false, true],
    ['quota', 'failure', false, true],
    ['rate_limited', 'ignored', true, true],
    ['cut', 'failure', true, true],
    ['malformed', 'failure', true, true],
    ['rejected', 'ignored', false, false],
  ])('%s: %s for the breaker, retried %s, another model asked %s', (fault, outcome, retryable, another) => {
    expect(outcomeOf(upstream(fault), usual)).toBe(outcome);
    expect(isRetryable(upstream(fault))).toBe(retryable);
    expect(mayAskAnother(upstream(fault))).toBe(another);
  });
});

describe('time', () => {
  it('that was over at full length is the upstream’s failure', () => {
    expect(outcomeOf(new DeadlineError(60_000), usual)).toBe('failure');
  });

  it('that the caller shortened is nobody’s failure', () => {
    const shortened = { ...usual, deadlineShortened: true };
    expect(outcomeOf(new DeadlineError(100), shortened)).toBe('ignored');
    expect(outcomeOf(upstream('timeout'), shortened)).toBe('ignored');
    expect(outcomeOf(upstream('server'), shortened)).toBe('failure');
  });

  it('that is over lets nothing be tried again', () => {
    expect(isRetryable(new DeadlineError(60_000))).toBe(false);
    expect(mayAskAnother(new DeadlineError(60_000))).toBe(false);
  });
});

describe('a 429', () => {
  it('is a failure when the hold before it was waited for', () => {
    expect(outcomeOf(upstream('rate_limited'), { ...usual, holdIgnored: true })).toBe('failure');
  });

  it('excuses nothing else', () => {
    expect(outcomeOf(upstream('rejected'), { ...usual, holdIgnored: true })).toBe('ignored');
  });
});

describe('what is not an upstream’s error', () => {
  it.each([
    ['a service that stops', new DrainingError()],
    ['a client that left', new Error('the client left before its answer')],
    ['an abort without a reason', new DOMException('This operation was aborted', 'AbortError')],
    ['a mistake in our own code', new TypeError('undefined is not a function')],
    ['no error at all', undefined],
  ])('is ignored, and nothing is tried again: %s', (_, error) => {
    expect(outcomeOf(error, usual)).toBe('ignored');
    expect(isRetryable(error)).toBe(false);
    expect(mayAskAnother(error)).toBe(false);
  });
});
