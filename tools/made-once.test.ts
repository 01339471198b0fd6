import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { madeOnce } from './made-once.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-made-once-'));
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Makes a file of some edition, and counts how often. */
const edition = (name: string) => {
  const path = join(folder, 'program', name);
  const make = vi.fn(() => {
    writeFileSync(path, name);
    return Promise.resolve();
  });
  return { path, make, get: () => madeOnce(path, 'Another one makes it; waiting.', make) };
};

const aged = (path: string, hours: number) => {
  const then = new Date(Date.now() - hours * 60 * 60 * 1000);
  utimesSync(path, then, then);
};

describe('what is made once', () => {
  test('is made by the first that asks, for all that ask meanwhile and later', async () => {
    const { path, make, get } = edition('v1');
    expect(await Promise.all([get(), get()])).toEqual([path, path]);
    expect(await get()).toBe(path);
    expect(make).toHaveBeenCalledTimes(1);
    expect(console.error).toHaveBeenCalledExactlyOnceWith('Another one makes it; waiting.');
  });

  test('is made anew, from nothing, where it was cut off', async () => {
    const { path, make, get } = edition('v1');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'half'), '');
    await get();
    expect(make).toHaveBeenCalledTimes(1);
    expect(readFileSync(path, 'utf8')).toBe('v1');
  });

  test('is made anew where somebody has removed it', async () => {
    const { path, get } = edition('v1');
    rmSync(await get());
    await get();
    expect(existsSync(path)).toBe(true);
  });

  test('leaves nothing where it fails', async () => {
    const { path, make, get } = edition('v1');
    make.mockImplementation(() => {
      writeFileSync(path, 'half');
      return Promise.reject(new Error('no space'));
    });
    await expect(get()).rejects.toThrow('no space');
    expect(existsSync(path)).toBe(false);
  });

  test('takes the place of editions that nobody asked for within a day, and of what they left', async () => {
    const [old, used, left] = [edition('v1'), edition('v2'), join(folder, 'program', 'v0.half')];
    for (const { get } of [old, used]) await get();
    writeFileSync(left, '');
    for (const path of [old.path, `${old.path}.made`, used.path, `${used.path}.made`, left]) aged(path, 25);
    await used.get();
    await edition('v3').get();
    expect([old.path, `${old.path}.made`, left].filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(used.path)).toBe(true);
    await used.get();
    expect(used.make).toHaveBeenCalledTimes(1);
  });
});
