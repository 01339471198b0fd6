import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { faultOfErrorObject, faultOfStatus, retryAfterSeconds, transportFailure } from './http-failure.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');

  it.each([
    ['0', 0],
    ['30', 30],
    [' 7 ', 7],
    ['Sat, 21 Nov 2026 12:01:00 GMT', 60],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['Saturday, 21-Nov-26 12:00:05 GMT', 5],
  ])('%j is %d s', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });

  it.each([[undefined], [''], ['soon'], ['-1'], ['1.5'], ['2026'.repeat(4)], ['Sat, nonsense']])(
    '%j says nothing',
    (header) => {
      expect(retryAfterSeconds(header, now)).toBeUndefined();
    },
  );

  it('counts a part of a second in full, so that nobody comes too early', () => {
    expect(retryAfterSeconds('Sat, 21 Nov 2026 12:00:05 GMT', now + 100)).toBe(5);
  });
});

describe('a status', () => {
  it.each([
    [500, 'server'],
    [503, 'server'],
    [401, 'credentials'],
    [403, 'credentials'],
    [402, 'quota'],
    [408, 'timeout'],
    [429, 'rate_limited'],
    [400, 'rejected'],
    [404, 'rejected'],
    [422, 'rejected'],
    [302, 'malformed'],
  ])('%d means %s', (status, fault) => {
    expect(faultOfStatus(status)).toBe(fault);
  });
});

describe('an error object', () => {
  it.each([
    [{ code: 'insufficient_quota' }, 'quota'],
    [{ type: 'insufficient_quota', code: null }, 'quota'],
    [{ type: 'insufficient_quota', code: '429' }, 'quota'],
    [{ type: 'budget_exceeded', code: '400' }, 'quota'],
    [{ code: 'rate_limit_exceeded' }, 'rate_limited'],
    [{ type: 'rate_limit_error' }, 'rate_limited'],
    [{ code: 429 }, 'rate_limited'],
    [{ code: 'context_length_exceeded', type: 'invalid_request_error' }, undefined],
    [{ message: 'insufficient_quota' }, undefined],
    ['insufficient_quota', undefined],
    [null, undefined],
  ])('%j means %s', (error, fault) => {
    expect(faultOfErrorObject(error)).toBe(fault);
  });
});

/** As undici's parser makes them: with what it could not read. */
const notHttp = Object.assign(new Error('private'), { code: 'HPE_INVALID_CONSTANT', data: 'private' });

describe('an error of the transport', () => {
  it.each([
    [new errors.HeadersTimeoutError(), 'timeout'],
    [new errors.BodyTimeoutError(), 'timeout'],
    [new errors.ConnectTimeoutError(), 'connection'],
    [new errors.SocketError('other side closed'), 'connection'],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'connection'],
    [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'connection'],
    [notHttp, 'malformed'],
    [new errors.HeadersOverflowError(), 'malformed'],
  ])('%s is %s', (error, fault) => {
    expect(transportFailure('llm', error, 'connection')).toMatchObject({
      name: 'UpstreamError',
      upstream: 'llm',
      fault,
    });
  });

  it('is a cut answer where the answer had begun', () => {
    const failure = transportFailure('llm', new errors.SocketError('other side closed'), 'cut') as UpstreamError;
    expect(failure.fault).toBe('cut');
    expect(failure.message).toBe('llm: the connection was lost in the middle of the answer (UND_ERR_SOCKET)');
  });

  it('keeps nothing of what the upstream sent', () => {
    const failure = transportFailure('llm', notHttp, 'connection') as Error;
    expect(JSON.stringify([failure, failure.message, failure.stack, failure.cause])).not.toContain('private');
  });

  it('is passed on when it is not one', () => {
    for (const error of [new TypeError('ours'), new errors.InvalidArgumentError('ours'), 'text', undefined]) {
      expect(transportFailure('llm', error, 'cut')).toBe(error);
    }
    const failure = new UpstreamError('llm', 'timeout', 'said before');
    expect(transportFailure('llm', failure, 'cut')).toBe(failure);
  });
});
