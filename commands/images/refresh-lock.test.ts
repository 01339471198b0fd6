import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRegistry, type RegistryStandin } from '../../test/standins/registry.ts';
import { Failure } from '../failure.ts';
import { refreshLock } from './refresh-lock.ts';

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const digests = { 'a:1': digest('a'), 'b:1': digest('b'), 'c:1': digest('c') };

async function registry(): Promise<RegistryStandin> {
  const started = await startRegistry({ digests, token: 'token' });
  onTestFinished(() => started.close());
  return started;
}

/** A lock file with these digests, and what refreshing it printed and left. */
async function refresh(references: readonly string[], known: Readonly<Record<string, string>>, check = false) {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'images.lock.json');
  const before = JSON.stringify(known);
  writeFileSync(path, before);
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const failure: unknown = await refreshLock({ references, path, check, timeoutMs: 20_000, print }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure !== undefined && !(failure instanceof Failure)) throw failure as Error;
  const after = readFileSync(path, 'utf8');
  return {
    lock: JSON.parse(after) as unknown,
    written: after !== before,
    printed: printed.join('\n'),
    failure: failure?.message.replaceAll(path, 'LOCK'),
  };
}

describe('refreshing the lock of images', () => {
  it('writes the digests of the pinned images, sorted, and prints what changed', async () => {
    const { host } = await registry();
    const [a, b, c] = [`${host}/a:1`, `${host}/b:1`, `${host}/c:1`];
    const { lock, printed, failure } = await refresh([c, b, a], {
      [a]: digest('a'),
      [b]: digest('0'),
      'old:1': digest('9'),
    });
    expect(JSON.stringify(lock)).toBe(JSON.stringify({ [a]: digest('a'), [b]: digest('b'), [c]: digest('c') }));
    const rows = printed.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ['image', 'change', 'before', 'now'],
      [b, 'the tag has moved', 'sha256:000000000000', 'sha256:bbbbbbbbbbbb'],
      [c, 'new', '-', 'sha256:cccccccccccc'],
      ['old:1', 'no longer pinned', 'sha256:999999999999', '-'],
    ]);
    expect(failure).toBeUndefined();
  });

  it('leaves the file alone when nothing changed', async () => {
    const { host } = await registry();
    const { written, printed, failure } = await refresh([`${host}/a:1`], { [`${host}/a:1`]: digest('a') });
    expect({ written, printed, failure }).toEqual({ written: false, printed: 'No changes.', failure: undefined });
  });

  it('keeps what is known of an image whose digest is not to be had, writes the others, and says one sentence for each', async () => {
    const { host } = await registry();
    const closed = await registry();
    await closed.close();
    const [a, gone, unreached, unknown] = [`${host}/a:1`, `${host}/gone:1`, `${closed.host}/b:1`, `${closed.host}/c:1`];
    const known = { [gone]: digest('1'), [unreached]: digest('2') };
    const { lock, failure } = await refresh([unreached, gone, a, unknown, 'no tag'], known);
    expect(lock).toEqual({ ...known, [a]: digest('a') });
    expect(failure?.split('\n').toSorted()).toEqual(
      [
        `${gone}: ${host} has no such image or tag (404)`,
        `${unreached}: ${closed.host} cannot be reached (ECONNREFUSED)`,
        `${unknown}: ${closed.host} cannot be reached (ECONNREFUSED)`,
        'no tag: "no tag" is no image by tag, such as docker.io/library/redis:7.4 (without a digest)',
      ].toSorted(),
    );
  });

  it('loses nothing when no registry can be reached', async () => {
    const closed = await registry();
    await closed.close();
    const known = { [`${closed.host}/a:1`]: digest('1'), [`${closed.host}/b:1`]: digest('2') };
    const { written, printed, failure } = await refresh(Object.keys(known), known);
    expect({ written, printed }).toEqual({ written: false, printed: 'No changes.' });
    expect(failure?.split('\n')).toHaveLength(2);
  });

  it('only compares when told to: a lock that would change is a failure', async () => {
    const { host } = await registry();
    const stale = await refresh([`${host}/a:1`], {}, true);
    expect(stale).toMatchObject({ written: false, failure: 'LOCK is out of date: npm run images writes it.' });
    expect(stale.printed).toContain('sha256:aaaaaaaaaaaa');
    const current = await refresh([`${host}/a:1`], { [`${host}/a:1`]: digest('a') }, true);
    expect(current).toMatchObject({ written: false, failure: undefined });
  });
});
