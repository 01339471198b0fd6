import { expect, test } from 'vitest';
import type { ScenarioRecord } from '../scenario.ts';
import { page } from './page.ts';

const began = 1_700_000_000_000;

const record: ScenarioRecord = {
  title: 'A <cut> wire',
  began,
  ended: began + 10_000,
  notes: [{ at: began + 2_000, what: 'cut & held' }],
  sent: [{ at: began + 1_000, outcome: 'answered', status: 200, milliseconds: 12 }],
  samples: [
    { at: began, ready: 3, copies: 4, breakers: { cache: 0, vector_db: 0 }, alerts: ['Watchdog'] },
    { at: began + 5_000, ready: 2, copies: 4, breakers: { cache: 0, vector_db: 1 }, alerts: ['DependencyDown'] },
  ],
  measures: [
    { what: 'Failed', target: '0', measured: '0', holds: true },
    { what: 'Recovered', target: 'at most 60 s', measured: '61.0 s', holds: false },
  ],
};

const html = page([record], { lines: ['Made by a test.'] });

test('the page says what was promised and what was seen', () => {
  expect(html).toContain('1 scenarios; 1 of 2 targets are met.');
  expect(html).toMatch(
    /<tr class="met"><td>A &lt;cut&gt; wire<\/td><td>Failed<\/td><td>0<\/td><td>0<\/td><td>met<\/td>/,
  );
  expect(html).toMatch(/<tr class="missed">.*<td>at most 60 s<\/td><td>61\.0 s<\/td><td>MISSED<\/td>/);
  expect(html).toContain('<li>cut &amp; held <small>(2.0 s)</small></li>');
});

test('a scenario that was not played to its end says why', () => {
  const broken = page([{ ...record, problem: 'waited in vain' }], { lines: [] });
  expect(broken).toContain('1 scenarios were not played to their end.');
  expect(broken).toContain('<p class="missed">waited in vain</p>');
});

test('the picture has a strip for each breaker that was not closed and each alert but the watchdog', () => {
  expect(html).toContain('>breaker vector_db</text>');
  expect(html).toContain('>DependencyDown</text>');
  expect(html).not.toContain('breaker cache');
  expect(html).not.toContain('Watchdog');
});

test('the page needs nothing else', () => {
  expect(html).not.toMatch(/<script|<link|src=|url\(|https?:/);
});
