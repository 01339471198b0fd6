import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter, Payload, Point } from './api.ts';
import type { QdrantConnection } from './connection.ts';
import { isAlone, revisionAfter, StoredContents, type Found } from './stored-contents.ts';

/** Passages of a content: more than are sent at once, so that others can see it half there. */
const size = 70;

/** Points in memory; each call takes effect when the scheduler says. */
class Collection {
  readonly points = new Map<string, Payload>();
  readonly #scheduler: fc.Scheduler;
  /** Whether there was a moment without any whole content. */
  everWithout = false;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async facet(): Promise<Map<string, number>> {
    await this.#turn('facet');
    return this.revisions();
  }

  async scroll() {
    await this.#turn('scroll');
    return { payloads: [...this.points.values()].filter(({ chunk }) => chunk === 0), next: undefined };
  }

  async upsert(_collection: string, points: readonly Point[]): Promise<void> {
    await this.#turn('upsert');
    for (const { id, payload } of points) this.points.set(id, payload);
    this.#changed();
  }

  async remove(_collection: string, { must }: Filter): Promise<void> {
    await this.#turn('remove');
    const conditions = must as { key: string; match: { any?: unknown[] } }[];
    const gone = conditions.find(({ key }) => key === 'revision')?.match.any;
    for (const [id, { revision }] of this.points) {
      if (gone?.includes(revision) ?? true) this.points.delete(id);
    }
    this.#changed();
  }

  /** How many points each revision has now. */
  revisions(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { revision } of this.points.values()) {
      counts.set(String(revision), (counts.get(String(revision)) ?? 0) + 1);
    }
    return counts;
  }

  #changed(): void {
    if (![...this.revisions().values()].includes(size)) this.everWithout = true;
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }
}

const pointsOf = (hash: string, revision: string): Point[] =>
  Array.from({ length: size }, (_, chunk) => ({
    id: `${revision} ${chunk}`,
    vector: [1],
    payload: { hash, revision, title: 'T', chunk, chunks: size },
  }));

/** What replicas do to a document that is there, all at once: store a content, or `remove`. */
async function doAll(scheduler: fc.Scheduler, actions: readonly string[]) {
  const collection = new Collection(scheduler);
  for (const { id, payload } of pointsOf('old', '000000000000001-old')) collection.points.set(id, payload);
  const connection = { api: collection, passages: 'p' } as unknown as QdrantConnection;
  const settled = Promise.allSettled(
    actions.map(async (action) => {
      const stored = new StoredContents(connection, 't', 'd');
      if (action === 'remove') return stored.remove();
      const revision = revisionAfter(await stored.look());
      return stored.replace(revision, pointsOf(action, revision));
    }),
  );
  await scheduler.waitFor(settled);
  const hashes = new Set([...collection.points.values()].map(({ hash }) => hash));
  return {
    failed: (await settled).filter(({ status }) => status === 'rejected').length,
    left: [...collection.revisions().values()],
    hash: [...hashes][0],
    everWithout: collection.everWithout,
  };
}

const content = fc.constantFrom('a', 'b', 'c');

describe('contents that are stored at the same time', () => {
  it('leave one whole, and there is one all the time, in whatever order their calls take effect', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(content, { minLength: 1, maxLength: 4 }),
        async (scheduler, contents) => {
          const { failed, left, hash, everWithout } = await doAll(scheduler, contents);
          expect([failed, left, everWithout]).toEqual([0, [size], false]);
          expect(contents).toContain(hash);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('leave one whole or nothing when the document is removed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(content, { minLength: 1, maxLength: 3 }),
        async (scheduler, contents) => {
          const { failed, left } = await doAll(scheduler, [...contents, 'remove']);
          expect(failed).toBe(0);
          expect([[], [size]]).toContainEqual(left);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a content', () => {
  const head = { revision: 'r', hash: 'h', title: 'T', chunks: 2 };
  const found = (counts: Record<string, number>, heads = [head]): Found => ({
    counts: new Map(Object.entries(counts)),
    heads,
  });

  it('is alone when it is whole and nothing else is there', () => {
    expect(isAlone(found({ r: 2 }), 'h')).toBe(true);
    expect(isAlone(found({ r: 1 }, [{ ...head, chunks: 0 }]), 'h')).toBe(true);
    expect(isAlone(found({ r: 2 }), 'other')).toBe(false);
    expect(isAlone(found({ r: 1 }), 'h')).toBe(false);
    expect(isAlone(found({ r: 2, left: 1 }), 'h')).toBe(false);
    expect(isAlone(found({ r: 2 }, []), 'h')).toBe(false);
    expect(isAlone(found({}, []), 'h')).toBe(false);
  });

  it('has a revision that sorts after all that are there, also those of a clock that is ahead', () => {
    const times = fc.array(fc.integer({ min: 0, max: 99_999_999_999_999 }), { maxLength: 3 });
    fc.assert(
      fc.property(times, (ahead) => {
        const there = ahead.map((time) => `${String(time).padStart(15, '0')}-ffffffffffffffff`);
        const next = revisionAfter({ counts: new Map(there.map((revision) => [revision, 1])), heads: [] });
        expect(next).toMatch(/^\d{15}-[0-9a-f]{16}$/);
        for (const revision of there) expect(next > revision).toBe(true);
        expect(revisionAfter({ counts: new Map(), heads: [] })).not.toBe(next);
      }),
    );
  });
});
