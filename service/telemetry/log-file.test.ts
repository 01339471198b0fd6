import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogFile } from './log-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-log-'));
  path = join(folder, 'logs', 'api.log');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

async function open({ maxBytes = 100_000, count = 3 } = {}) {
  const elsewhere: string[] = [];
  const news: string[] = [];
  const file = await LogFile.open({
    config: { LOG_FILE_MAX_BYTES: maxBytes, LOG_FILE_COUNT: count },
    path,
    fallback: { write: (line) => void elsewhere.push(line) },
    onFailure: ({ message }) => void news.push(message),
    onRecovery: () => void news.push('recovered'),
  });
  return { file, elsewhere, news };
}

/** A line of 100 bytes. */
const line = (n: number) => `${String(n).padEnd(99, '.')}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const textOf = (suffix = '') => readFileSync(path + suffix, 'utf8');
const files = () => readdirSync(join(folder, 'logs')).sort();

describe('a log file', () => {
  it('is made with its folder, for its owner only, and holds each line when it is closed', async () => {
    const { file, elsewhere } = await open();
    for (const each of lines(1, 50)) file.write(each);
    await file.close();
    expect(textOf()).toBe(lines(1, 50).join(''));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700);
    expect(elsewhere).toEqual([]);
  });

  it('is gone on with by the next process', async () => {
    for (const n of [1, 2]) {
      const { file } = await open();
      file.write(line(n));
      await file.close();
    }
    expect(textOf()).toBe(line(1) + line(2));
  });

  it('is rotated when it is full; the oldest file goes, and no line in between is missing', async () => {
    const { file } = await open({ maxBytes: 1000, count: 3 });
    for (const each of lines(1, 45)) file.write(each);
    await file.close();
    expect(files()).toEqual(['api.log', 'api.log.1', 'api.log.2']);
    expect(textOf('.2') + textOf('.1') + textOf()).toBe(lines(21, 45).join(''));
    expect(textOf()).toBe(lines(41, 45).join(''));
    expect(statSync(`${path}.2`).mode & 0o777).toBe(0o600);
  });

  it('is rotated at once when it was full before', async () => {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(path, lines(1, 10).join(''));
    const { file } = await open({ maxBytes: 1000 });
    file.write(line(11));
    await file.close();
    expect(textOf('.1')).toBe(lines(1, 10).join(''));
    expect(textOf()).toBe(line(11));
  });

  it('gets at an exit what is not known to be in it, and nothing once it is', async () => {
    const { file } = await open();
    const onExit = process.listeners('exit').at(-1);
    for (const each of [line(1), line(1), line(2)]) file.write(each);
    onExit?.(0);
    const text = line(1) + line(1) + line(2);
    expect(textOf()).toContain(text);
    await file.close();
    const closed = textOf();
    onExit?.(0);
    expect(textOf()).toBe(closed);
  });

  it('is the only one where the count is 1', async () => {
    const { file } = await open({ maxBytes: 1000, count: 1 });
    for (const each of lines(1, 15)) file.write(each);
    await file.close();
    expect(files()).toEqual(['api.log']);
    expect(textOf()).toBe(lines(11, 15).join(''));
  });

  it.each([
    ['a folder', () => mkdirSync(path, { recursive: true }), 'it is not a file'],
    ['below a file', () => writeFileSync(join(folder, 'logs'), ''), 'ENOTDIR'],
  ])('that is %s cannot be opened, and is named with the reason', async (_what, prepare, reason) => {
    prepare();
    await expect(open()).rejects.toThrow(`LOG_FILE ${path} cannot be written (${reason})`);
  });
});

describe('a log file that fails', () => {
  // A full file cannot be renamed to where a folder is.
  const block = () => mkdirSync(join(`${path}.1`, 'folder'), { recursive: true });

  it('loses no line: they go elsewhere, and that is said once', async () => {
    const { file, elsewhere, news } = await open({ maxBytes: 1000, count: 2 });
    block();
    for (const each of lines(1, 12)) file.write(each);
    await vi.waitFor(() => expect(news).toHaveLength(1));
    for (const each of lines(13, 20)) file.write(each);
    await file.close();
    expect(news).toEqual([expect.stringMatching(/^LOG_FILE .*api\.log cannot be written \(E\w+\)$/)]);
    expect(new Set([...textOf().split(/(?<=\n)/), ...elsewhere])).toEqual(new Set(lines(1, 20)));
    expect(elsewhere.slice(-8)).toEqual(lines(13, 20));
  });

  it('is tried again after ten seconds, and written again', async () => {
    const { file, elsewhere, news } = await open({ maxBytes: 1000, count: 2 });
    block();
    for (const each of lines(1, 10)) file.write(each);
    await vi.waitFor(() => expect(news).toHaveLength(1));

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    file.write(line(11)); // It cannot be renamed yet.
    await vi.waitFor(() => expect(elsewhere).toContain(line(11)));
    expect(news).toHaveLength(1);

    rmdirSync(join(`${path}.1`, 'folder'));
    rmdirSync(`${path}.1`);
    vi.setSystemTime(Date.now() + 10_000);
    file.write(line(12));
    await vi.waitFor(() => expect(news).toHaveLength(2));
    file.write(line(13));
    await file.close();
    expect(news[1]).toBe('recovered');
    expect(textOf()).toBe(line(12) + line(13));
    expect(textOf('.1')).toBe(lines(1, 10).join(''));
  });

  it('is not opened anew while it is being opened', async () => {
    const { file, news } = await open({ maxBytes: 1000, count: 2 });
    block();
    for (const each of lines(1, 10)) file.write(each);
    await vi.waitFor(() => expect(news).toHaveLength(1));
    rmSync(`${path}.1`, { recursive: true });

    vi.useFakeTimers({ toFake: ['Date'] });
    for (const each of lines(11, 14)) {
      vi.setSystemTime(Date.now() + 10_000);
      file.write(each);
    }
    await vi.waitFor(() => expect(textOf()).toBe(lines(11, 14).join('')));
    await file.close();
    expect(news.slice(1)).toEqual(['recovered']);
  });
});

describe('a log file that does not get on', () => {
  let stuck: PromiseWithResolvers<never>;
  beforeEach(async () => {
    stuck = Promise.withResolvers();
    const handle = await openFile(folder);
    vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'write').mockReturnValue(stuck.promise);
    await handle.close();
  });
  afterEach(() => stuck.resolve(undefined as never));

  it('holds up no exit in the middle of its closing: its lines go elsewhere', async () => {
    const { file, elsewhere } = await open();
    for (const each of lines(1, 3)) file.write(each);
    const closed = file.close();
    process.listeners('exit').at(-1)?.(0);
    expect(elsewhere).toEqual(lines(1, 3));
    expect(textOf()).toBe('');
    stuck.resolve(undefined as never);
    await closed;
    expect(elsewhere).toEqual(lines(1, 3));
  });

  it('is waited for at its closing for a while only: then its lines go elsewhere', async () => {
    const { file, elsewhere } = await open();
    const listeners = process.listeners('exit').length;
    for (const each of lines(1, 3)) file.write(each);
    await file.close();
    expect(elsewhere).toEqual(lines(1, 3));
    expect(process.listeners('exit')).toHaveLength(listeners - 1);
  });
});
