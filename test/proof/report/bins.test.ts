import { expect, test } from 'vitest';
import { binsOf } from './bins.ts';

const sent = (at: number, outcome: 'answered' | 'degraded' | 'refused' | 'failed', milliseconds = 10) => ({
  at,
  outcome,
  milliseconds,
  status: 200,
});

test('requests are counted by outcome in the stretch in which they ended', () => {
  const bins = binsOf([sent(1_000, 'answered'), sent(1_999, 'failed'), sent(2_000, 'refused')], 1_000, 1_000, 2);
  expect(bins.map(({ counts }) => counts)).toEqual([
    { answered: 1, degraded: 0, refused: 0, failed: 1 },
    { answered: 0, degraded: 0, refused: 1, failed: 0 },
  ]);
});

test('times are those of answers alone', () => {
  const answers = Array.from({ length: 20 }, (_, index) =>
    sent(0, index % 2 === 0 ? 'answered' : 'degraded', index + 1),
  );
  const [bin] = binsOf([...answers, sent(0, 'failed', 9_999)], 0, 1_000, 1);
  expect(bin).toMatchObject({ median: 10, p95: 19 });
  expect(binsOf([sent(0, 'failed')], 0, 1_000, 1)[0]).toMatchObject({ median: undefined, p95: undefined });
});

test('what ends before the first stretch or after the last is in these', () => {
  const bins = binsOf([sent(-5, 'answered'), sent(9_999, 'answered')], 0, 1_000, 2);
  expect(bins.map(({ counts }) => counts.answered)).toEqual([1, 1]);
});
