import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Failure } from '../failure.ts';
import { lockChanges, nextLock, readLock, writeLock } from './lock-file.ts';

function lockPath(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'images.lock.json');
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

const name = fc.constantFrom('a/a:1', 'a/b:1', 'b:2', 'c:1', 'z:9');
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const lock = fc.dictionary(name, digest, { noNullPrototype: true });

describe('the next lock', () => {
  it('has of each pinned image what was found, else what was known, and of no other image', () => {
    fc.assert(
      fc.property(lock, fc.uniqueArray(name), lock, (known, pinned, found) => {
        const next = nextLock(known, pinned, found);
        for (const reference of pinned) expect(next[reference]).toBe(found[reference] ?? known[reference]);
        expect(Object.keys(next)).toEqual(
          pinned.filter((reference) => reference in found || reference in known).toSorted(),
        );
      }),
    );
  });

  it('is as it was when nothing was found and the same images are pinned', () => {
    fc.assert(
      fc.property(lock, (known) => {
        expect(nextLock(known, Object.keys(known), {})).toEqual(known);
        expect(lockChanges(known, nextLock(known, Object.keys(known), {}))).toEqual([]);
      }),
    );
  });
});

describe('changes', () => {
  it('turn one lock into the other, and leave out what is equal', () => {
    fc.assert(
      fc.property(lock, lock, (before, now) => {
        const result = new Map(Object.entries(before));
        for (const change of lockChanges(before, now)) {
          expect(change.before).toBe(before[change.reference]);
          expect(change.now).not.toBe(change.before);
          if (change.now === undefined) result.delete(change.reference);
          else result.set(change.reference, change.now);
        }
        expect(Object.fromEntries(result)).toEqual(now);
      }),
    );
  });
});

describe('the lock file', () => {
  it('is read back as it was written, and nothing else is left in its folder', () => {
    const path = lockPath('{}');
    fc.assert(
      fc.property(lock, (lock) => {
        writeLock(path, lock);
        expect(readLock(path)).toEqual(lock);
      }),
    );
    expect(readdirSync(join(path, '..'))).toEqual(['images.lock.json']);
  });

  it('is formatted as the other files of the repository are', () => {
    const path = lockPath();
    writeLock(path, { 'a:1': `sha256:${'0'.repeat(64)}` });
    expect(readFileSync(path, 'utf8')).toBe(`{\n  "a:1": "sha256:${'0'.repeat(64)}"\n}\n`);
    writeLock(path, {});
    expect(readFileSync(path, 'utf8')).toBe('{}\n');
  });

  it('is replaced by another file, so that who reads it has the old or the new one', () => {
    const path = lockPath('{}');
    const { ino } = statSync(path);
    writeLock(path, {});
    expect(statSync(path).ino).not.toBe(ino);
  });

  it.each(['', '<<<<<<< ours', '[]', '{ "a:1": "sha256:0" }', '{ "a:1": 1 }'])(
    'that holds %j is refused by its path',
    (text) => {
      const path = lockPath(text);
      expect(() => readLock(path)).toThrow(Failure);
      expect(() => readLock(path)).toThrow(`${path} cannot be read: `);
    },
  );

  it('that cannot be replaced is left as it is, and so is its folder', () => {
    const path = lockPath();
    mkdirSync(join(path, 'in-the-way'), { recursive: true });
    expect(() => writeLock(path, {})).toThrow(`${path} cannot be written: `);
    expect(readdirSync(join(path, '..'))).toEqual(['images.lock.json']);
  });
});
