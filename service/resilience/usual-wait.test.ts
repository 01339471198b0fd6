import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsualWait } from './usual-wait.ts';

const givenMs = 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const arrived = (milliseconds: number, given = givenMs) => ({
  model: 'm',
  milliseconds,
  givenMs: given,
  inVain: false,
});
const inVain = (milliseconds: number, given = givenMs) => ({ model: 'm', milliseconds, givenMs: given, inVain: true });

function learn(usual: UsualWait, ...waits: readonly number[]): void {
  for (const milliseconds of waits) usual.learn(milliseconds);
}

const times = (count: number, milliseconds: number) => Array.from({ length: count }, () => milliseconds);

/** A model that usually takes so long. */
function usually(milliseconds: number): UsualWait {
  const usual = new UsualWait();
  learn(usual, ...times(20, milliseconds));
  return usual;
}

describe('a usual wait', () => {
  it('says nothing before it knows five', () => {
    const usual = new UsualWait();
    learn(usual, ...times(4, 100));
    expect(usual.bearable(arrived(900))).toBeUndefined();
    expect(usual.bearable(inVain(1_000))).toBeUndefined();
    learn(usual, 100);
    expect(usual.bearable(arrived(1_000))).toBe(0.5);
  });

  it.each([
    ['a wait of half the time that it was given', 100, arrived(500), 1],
    ['a longer one', 100, arrived(1_000), 0.5],
    ['a shorter one', 100, arrived(250), 2],
    ['one that is long, but not twice as long as usual', 400, arrived(800), 1],
    ['one that is longer than twice as usual', 400, arrived(1_000), 0.8],
    ['one of a caller who gives less than the model needs', 400, inVain(100, 100), undefined],
    ['one in vain that was not long', 100, inVain(400), undefined],
    ['one in vain, whose length is not known', 400, inVain(1_000), 0.5],
    ['one in vain for many times as long as usual', 100, inVain(1_000), 0.2],
  ])('judges %s', (_what, usualMs, wait, bearable) => {
    expect(usually(usualMs).bearable(wait)).toBe(bearable);
  });

  it('begins with the quick ones among the first, since the others may wait for them', () => {
    const usual = new UsualWait();
    learn(usual, ...Array.from({ length: 20 }, (_, index) => 100 * (1 + Math.floor(index / 4))));
    // 4 each of 100 to 500 ms: the lower quartile is 200.
    expect(usual.bearable(arrived(400, 100))).toBe(1);
  });

  it('follows shorter waits at once, by a quarter of the way for each twenty', () => {
    const usual = usually(400);
    learn(usual, ...times(19, 200));
    expect(usual.bearable(arrived(800, 1))).toBe(1);
    learn(usual, 200);
    expect(usual.bearable(arrived(700, 1))).toBe(1);
  });

  it('follows longer waits within an hour, so that it learns nothing from a burst', () => {
    const usual = usually(100);
    vi.advanceTimersByTime(36_000);
    learn(usual, ...times(20, 1_100));
    // A hundredth of an hour is a hundredth of the way.
    expect(usual.bearable(arrived(220, 1))).toBeCloseTo(1);
    vi.advanceTimersByTime(7_200_000);
    learn(usual, ...times(20, 1_100));
    expect(usual.bearable(arrived(2_200, 1))).toBeCloseTo(1);
  });

  it('begins anew when it is told to forget', () => {
    const usual = usually(100);
    usual.forget();
    expect(usual.bearable(arrived(900))).toBeUndefined();
    learn(usual, ...times(5, 800));
    expect(usual.bearable(arrived(1_600, 1))).toBe(1);
  });
});
