import { describe, expect, test } from 'vitest';
import { commandsOf, fences } from './fences.ts';

/** Programs whose commands a test runs: kubectl in test/cluster/runbook.test.ts, the others here. */
const tested = ['kubectl', 'curl', 'amtool'];

describe('the fences of the runbook', () => {
  test('are found', () => {
    expect(commandsOf('kubectl').length).toBeGreaterThan(20);
    expect(commandsOf('curl').length).toBeGreaterThan(3);
  });

  test('hold what a test runs, or say why none can', () => {
    const other = fences().filter(
      ({ language, notRun, lines }) =>
        !['promql', 'yaml', 'json'].includes(language) &&
        notRun === undefined &&
        !(language === 'sh' && lines.every((line) => tested.some((program) => line.startsWith(`${program} `)))),
    );
    expect(other).toEqual([]);
  });

  test('give a reason of some words where none can', () => {
    for (const { notRun } of fences()) if (notRun !== undefined) expect(notRun.split(' ').length).toBeGreaterThan(2);
  });
});
