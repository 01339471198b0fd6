import { describe, expect, it } from 'vitest';
import { LeaseBalance } from './lease-balance.ts';

/** Takes until refused; how many were allowed. */
function takeAll(balance: LeaseBalance, now: number, first = false): number {
  let taken = 0;
  while (taken < 1000 && balance.take(now, first && taken === 0)) taken += 1;
  return taken;
}

describe('a balance of leased permits', () => {
  it('gives one block in advance, to the first use only', () => {
    expect(takeAll(new LeaseBalance(5), 0, true)).toBe(5);
    expect(takeAll(new LeaseBalance(5), 0)).toBe(0);
  });

  it('gives nothing in advance once Redis has answered, or is away', () => {
    const answered = new LeaseBalance(5);
    answered.take(0, true);
    answered.grant(1, 0, 60_000);
    expect(takeAll(answered, 1)).toBe(0);
    const away = new LeaseBalance(5);
    away.take(0, true);
    away.endAdvance();
    expect(takeAll(away, 1)).toBe(0);
  });

  it('pays for what was used in advance, serves who waits, and holds the rest', () => {
    const balance = new LeaseBalance(5);
    takeAll(balance, 0, true);
    expect(balance.level(0)).toBe(-5);
    expect(balance.grant(3, 2, 60_000)).toBe(0);
    expect(balance.level(0)).toBe(-2);
    expect(balance.grant(6, 1, 60_000)).toBe(1);
    expect(balance.level(0)).toBe(3);
    expect(takeAll(balance, 0)).toBe(3);
  });

  it('holds one block at most', () => {
    const balance = new LeaseBalance(5);
    balance.grant(4, 0, 60_000);
    expect(balance.grant(20, 3, 60_000)).toBe(3);
    expect(balance.level(0)).toBe(5);
  });

  it('loses the permits of a lease when it expires, the others not', () => {
    const balance = new LeaseBalance(5);
    balance.grant(2, 0, 100);
    balance.grant(2, 0, 200);
    expect(balance.level(99)).toBe(4);
    expect(balance.take(99, false)).toBe(true);
    expect(takeAll(balance, 100)).toBe(2);
  });

  it('uses what it holds before anything in advance, and the oldest first', () => {
    const balance = new LeaseBalance(2);
    balance.grant(1, 0, 100);
    balance.grant(1, 0, 200);
    balance.take(0, true);
    expect(balance.level(150)).toBe(1);
    expect(takeAll(balance, 150)).toBe(1);
  });

  it('gives nothing in advance beside what it holds from before', () => {
    const balance = new LeaseBalance(5);
    balance.grant(2, 0, 100);
    expect(takeAll(balance, 0, true)).toBe(2);
  });

  it('forgets what it owes when nothing was used for the length of the window', () => {
    const balance = new LeaseBalance(2);
    takeAll(balance, 0, true);
    expect(balance.level(0)).toBe(-2);
    expect(balance.take(70_000, true)).toBe(true);
    expect(balance.level(70_000)).toBe(-1);
  });
});
