import { afterEach, describe, expect, it, vi } from 'vitest';
import { imageReference, images, type ImageName } from './images.ts';

const names = Object.keys(images) as ImageName[];

afterEach(() => {
  vi.doUnmock('./images.lock.json');
  vi.resetModules();
});

describe('the images of the stack', () => {
  it.each(names)('name a registry and a tag that does not move: %s', (name) => {
    const [, host, path, tag] = /^([a-z0-9.-]+\.[a-z]+)\/([a-z0-9._/-]+):([\w.-]+)$/.exec(images[name]) ?? [];
    expect([host, path], images[name]).not.toContain(undefined);
    // Of a version, never only of a major one, nor of a channel.
    expect(tag).toMatch(/\d+\.\d+/);
    expect(tag).not.toMatch(/latest|main|stable|edge|nightly/);
  });

  it('are each another one', () => {
    expect(new Set(Object.values(images)).size).toBe(names.length);
  });
});

describe('the reference of an image', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;

  /** With a lock file of this content. */
  async function referenceWith(lock: object): Promise<typeof imageReference> {
    vi.resetModules();
    vi.doMock('./images.lock.json', () => ({ default: lock }));
    return (await import('./images.ts')).imageReference;
  }

  it('has the digest that the lock file has for just this tag', async () => {
    const reference = await referenceWith({ [images.redis]: digest, 'docker.io/library/redis:1.0': 'sha256:00' });
    expect(reference('redis', {})).toBe(`${images.redis}@${digest}`);
    expect(reference('qdrant', {})).toBe(images.qdrant);
  });

  it('is the one that the stack gives in its place, as it is', async () => {
    const reference = await referenceWith({ [images.redis]: digest });
    expect(reference('redis', { redis: 'registry.test/redis:7.5' })).toBe('registry.test/redis:7.5');
    expect(reference('redis', { qdrant: 'registry.test/qdrant:2' })).toBe(`${images.redis}@${digest}`);
  });
});

it('has only digests of images that the stack uses in its lock file', async () => {
  const { default: lock } = await import('./images.lock.json', { with: { type: 'json' } });
  for (const [reference, digest] of Object.entries(lock)) {
    expect(Object.values(images)).toContain(reference);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  }
});
