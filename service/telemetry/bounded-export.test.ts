import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BoundedExport } from './bounded-export.ts';

type Done = (result: ExportResult) => void;

const sent: ExportResult = { code: ExportResultCode.SUCCESS };
const refused: ExportResult = { code: ExportResultCode.FAILED, error: new Error('refused') };
/** What a processor is told at the end of every export. */
const over = sent;

/** An exporter that ends when and as the test says, and what it reports of that. */
function exporterThat(exports: (items: number[], done: Done) => void) {
  const events: string[] = [];
  const exporter = new BoundedExport<number>({ export: exports, shutdown: async () => undefined });
  exporter.report = {
    sent: () => events.push('sent'),
    failed: (error: Error) => events.push(`failed: ${error.message}`),
    dropped: () => events.push('dropped'),
  } as unknown as NonNullable<typeof exporter.report>;
  return { exporter, events };
}

const admitAll = (exporter: BoundedExport<number>) => {
  let admitted = 0;
  while (exporter.admit()) admitted += 1;
  return admitted;
};

afterEach(() => {
  vi.useRealTimers();
});

describe('a bounded export', () => {
  test.each([sent, refused])('has room for 2,048 items, and again for those whose export ended with %o', (result) => {
    const waiting: Done[] = [];
    const { exporter } = exporterThat((_items, done) => waiting.push(done));
    expect(admitAll(exporter)).toBe(2048);

    exporter.export(Array<number>(64).fill(0), () => undefined);
    expect(exporter.admit()).toBe(false);
    waiting.forEach((done) => done(result));
    expect(admitAll(exporter)).toBe(64);
  });

  test('says what was sent, what failed and what found no room', () => {
    const results = [sent, refused];
    const { exporter, events } = exporterThat((_items, done) => done(results.shift() ?? sent));
    exporter.export([1], () => undefined);
    exporter.export([2], () => undefined);
    admitAll(exporter);

    expect(events).toEqual(['sent', 'failed: refused', 'dropped']);
  });

  test('gives an export up after 10 s, and counts it once however it ends later', () => {
    vi.useFakeTimers();
    const waiting: Done[] = [];
    const { exporter, events } = exporterThat((_items, done) => waiting.push(done));
    const results: ExportResult[] = [];
    exporter.export([1], (result) => results.push(result));
    vi.advanceTimersByTime(9_999);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(1);
    waiting.forEach((done) => done(sent));

    expect(results).toEqual([over]);
    expect(events).toEqual(['failed: no answer within 10 s']);
  });

  test('takes an exporter that throws for one that failed', () => {
    const { exporter, events } = exporterThat(() => {
      throw new Error('no such thing');
    });
    const results: ExportResult[] = [];
    exporter.export([1], (result) => results.push(result));

    expect(results).toEqual([over]);
    expect(events).toEqual(['failed: no such thing']);
  });
});
