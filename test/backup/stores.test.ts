import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getText, putText, type BackupStore } from '../../service/backup/backup-store.ts';
import { FolderStore } from '../../service/backup/folder-store.ts';
import { measured } from '../../service/backup/measure.ts';
import { S3Store } from '../../service/backup/s3-store.ts';
import { Bucket } from './bucket.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-store-'));
let bucket: Bucket;
beforeAll(async () => {
  bucket = await Bucket.start();
});
afterAll(async () => {
  await bucket.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  bucket.fail('none');
  bucket.objects.clear();
  bucket.requests.length = 0;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});

const mebibyte = 1024 * 1024;

/** The content in pieces of 1 MiB less one byte, that never end where a part ends. */
async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += mebibyte - 1)
    yield content.subarray(start, start + mebibyte - 1);
}

async function* broken(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* pieces(content);
  throw new Error('the source broke off');
}

/** Says when it is read, and goes on when it is told to. */
async function* stalling(begin: (value: undefined) => void, end: Promise<undefined>): AsyncGenerator<Uint8Array> {
  begin(undefined);
  await end;
  yield Buffer.from('x');
}

const bucketStore = () => new S3Store(bucket.options, 'ballast/prod');

describe.each<[string, () => BackupStore]>([
  ['a folder', () => new FolderStore(folder)],
  ['a bucket', bucketStore],
])('%s', (_, open) => {
  test('gives back what was stored, in place of what was there', async () => {
    const store = open();
    for (const text of ['first', 'second, with ünïcode', '']) {
      await putText(store, 'redis/a.json', text);
      expect(await getText(store, 'redis/a.json')).toBe(text);
    }
  });

  test.each([[16], [33]])('gives back %i MiB as they were', async (size) => {
    const store = open();
    const content = randomBytes(size * mebibyte + 7);
    await store.put('qdrant/x/big.snapshot', pieces(content), content.length);
    expect(await measured(store.get('qdrant/x/big.snapshot'))).toEqual({
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
  });

  test('lists every key below a folder in order, and no other', async () => {
    const store = open();
    const keys = ['e', 'a', 'd/f', 'c', 'b'].map((name) => `qdrant/${name}.json`);
    for (const key of [...keys, 'qdrant2/x.json', 'redis/y.json']) await putText(store, key, 'x');
    expect(await store.list('qdrant')).toEqual([...keys].sort());
    expect(await store.list('nothing')).toEqual([]);
  });

  test('tells a file that is not finished from those that are there, and removes it', async () => {
    const store = open();
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
    const storing = store.put('qdrant/a/b.snapshot', stalling(begin, ended), 1);
    await begun;
    expect(await store.list('qdrant')).toEqual([]);
    for (const key of await store.unfinished('qdrant')) await store.remove(key);
    expect(await store.unfinished('qdrant')).toEqual([]);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('snapshot'))).toEqual([]);
    end(undefined);
    await storing.catch(() => undefined);
  });

  test('removes, also what is not there', async () => {
    const store = open();
    await putText(store, 'qdrant/a/b/c.json', 'x');
    await store.remove('qdrant/a/b/c.json');
    await store.remove('qdrant/a/b/c.json');
    expect(await store.list('qdrant')).toEqual([]);
    await expect(getText(store, 'qdrant/a/b/c.json')).rejects.toThrow(/qdrant\/a\/b\/c.json.*(ENOENT|NoSuchKey)/);
  });

  test.each([[10], [20 * mebibyte]])(
    'stores nothing of %i bytes that break off, or are fewer or more',
    async (bytes) => {
      const store = open();
      const content = randomBytes(bytes);
      await expect(store.put('qdrant/a', broken(content), bytes)).rejects.toThrow('the source broke off');
      for (const wrong of [bytes + 1, bytes - 1]) {
        await expect(store.put('qdrant/a', pieces(content), wrong)).rejects.toThrow(
          `qdrant/a: ${bytes} bytes came, ${wrong} were announced`,
        );
      }
      expect(await store.list('qdrant')).toEqual([]);
      expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('unfinished'))).toEqual(
        [],
      );
      expect(bucket.uploads.size).toBe(0);
    },
  );
});

describe('a bucket that', () => {
  test('fails for a moment is asked again', async () => {
    bucket.fail('away', 2);
    await putText(bucketStore(), 'redis/a.json', 'x');
    expect(bucket.requests).toEqual(Array.from({ length: 3 }, () => 'PUT ballast/prod/redis/a.json'));
  });

  test('goes on to fail is given up, and the sentence names key and status', async () => {
    bucket.fail('away');
    const sentence = 'ballast/prod/redis/a.json: object storage answered with status 500';
    await expect(putText(bucketStore(), 'redis/a.json', 'x')).rejects.toThrow(sentence);
  });

  test('refuses the key is not asked again, and no key is in the sentence', async () => {
    const store = new S3Store({ ...bucket.options, secretKey: 'planted' }, 'ballast');
    const error: unknown = await store.list('redis').catch((reason: unknown) => reason);
    expect(String(error)).toBe(
      'BackupError: the list of backups: object storage answered with status 403 (SignatureDoesNotMatch)',
    );
    expect(bucket.requests).toHaveLength(1);
  });

  test('cannot be reached is named with the reason', async () => {
    const gone = await Bucket.start();
    const store = new S3Store(gone.options, 'ballast');
    await gone.close();
    await expect(getText(store, 'a')).rejects.toThrow('ballast/a: object storage cannot be reached (ECONNREFUSED)');
  });

  test('breaks off while it is read fails the reading', async () => {
    await putText(bucketStore(), 'redis/a.json', 'some text');
    bucket.fail('cut');
    await expect(getText(bucketStore(), 'redis/a.json')).rejects.toThrow(
      /redis\/a.json: object storage cannot be reached/,
    );
  });

  test('cannot put the parts together fails, although it answers 200', async () => {
    bucket.fail('failed completion');
    const content = randomBytes(17 * mebibyte);
    await expect(bucketStore().put('a', pieces(content), content.length)).rejects.toThrow('(InternalError)');
    expect(bucket.uploads.size).toBe(0);
  });
});
