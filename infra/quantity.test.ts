import { describe, expect, it } from 'vitest';
import { cores, mebibytes, parseQuantity } from './quantity.ts';

describe('a quantity', () => {
  it.each([
    ['250m', 0.25],
    ['2', 2],
    ['0.5', 0.5],
    ['1Ki', 1024],
    ['512Mi', 536_870_912],
    ['10Gi', 10_737_418_240],
    ['1G', 1_000_000_000],
    ['1u', 1e-6],
    ['1n', 1e-9],
    ['3k', 3000],
    ['2M', 2_000_000],
    ['4T', 4e12],
    ['1Ti', 2 ** 40],
    ['2Pi', 2 ** 51],
    ['1Ei', 2 ** 60],
    ['6P', 6e15],
    ['1E', 1e18],
    ['1E3', 1000],
    ['1.5e+2', 150],
    ['25e-2', 0.25],
    ['2.', 2],
    ['.5Gi', 2 ** 29],
    ['+1', 1],
  ])('reads %s as %d', (text, number) => {
    expect(parseQuantity(text)).toBe(number);
  });

  it.each([
    '',
    '.',
    '1 Gi',
    'Gi',
    '-1',
    '1gb',
    '1K',
    '1ki',
    '1mi',
    '1e',
    '1e3Mi',
    '1e1.5',
    '1Gi\n',
    '1toString',
    'Infinity',
  ])('refuses "%s"', (text) => {
    expect(() => parseQuantity(text)).toThrow(`${JSON.stringify(text)} is no Kubernetes quantity`);
  });

  it('is written in thousandths of a core and in mebibytes, rounded up but not by what floats add', () => {
    expect(cores(0.1 + 0.2)).toBe('300m');
    expect(cores(0.0001)).toBe('1m');
    expect(mebibytes(2 ** 20 + 1)).toBe('2Mi');
  });
});
