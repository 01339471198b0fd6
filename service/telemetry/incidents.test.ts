import { describe, expect, it } from 'vitest';
import { IncidentLog } from './incidents.ts';

describe('incidents', () => {
  it('group errors of one kind, numbers and IDs aside', () => {
    const log = new IncidentLog();
    const first = log.record(new Error('row 17 of 0a1b2c3d4e5f is bad'), '/query', 'r1', new Date('2026-01-01'));
    const second = log.record(new Error('row 4 of ffffffff00 is bad'), '/query', 'r2', new Date('2026-01-02'));

    expect(second.fingerprint).toBe(first.fingerprint);
    expect(log.list()).toEqual([
      {
        fingerprint: first.fingerprint,
        error: 'Error',
        message: 'row 17 of 0a1b2c3d4e5f is bad',
        route: '/query',
        count: 2,
        first_seen: '2026-01-01T00:00:00.000Z',
        last_seen: '2026-01-02T00:00:00.000Z',
        request_ids: ['r1', 'r2'],
      },
    ]);
  });

  it('tell class, route and message apart', () => {
    const log = new IncidentLog();
    log.record(new Error('a'), '/query', 'r');
    log.record(new TypeError('a'), '/query', 'r');
    log.record(new Error('a'), '/costs', 'r');
    log.record(new Error('b'), '/query', 'r');
    expect(log.list()).toHaveLength(4);
  });

  it('hold the last five requests', () => {
    const log = new IncidentLog();
    for (let i = 1; i <= 7; i += 1) log.record(new Error('a'), '/query', `r${i}`);
    expect(log.list()[0]).toMatchObject({ count: 7, request_ids: ['r3', 'r4', 'r5', 'r6', 'r7'] });
  });

  it('are at most 100, the one seen longest ago goes first', () => {
    const log = new IncidentLog();
    const record = (letter: number) => log.record(new Error(`kind ${'x'.repeat(letter)}`), '/query', 'r');
    for (let i = 0; i < 100; i += 1) record(i);
    record(0);
    record(100);

    const messages = log.list().map(({ message }) => message.length - 'kind '.length);
    expect(messages).toHaveLength(100);
    expect(messages.slice(0, 3)).toEqual([100, 0, 99]);
    expect(messages).not.toContain(1);
  });

  it('hold no secret of the message', () => {
    const log = new IncidentLog();
    log.record(new Error('cannot reach redis://:planted@host'), '/query', 'r');
    expect(log.list()[0]?.message).toBe('cannot reach redis://[redacted]@host');
  });
});
