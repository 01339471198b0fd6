import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages } from './messages.ts';
import { rollbackPoint, rollbackTarget, type RollbackTarget } from './rollback-target.ts';
import type { Update } from './update.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const canary = { digest, weight: 10 };

/** Updates, newest first; the newest has the highest version. */
const updates = (...each: Partial<Update>[]): Update[] =>
  each.map((more, index) => ({
    version: each.length - index,
    kind: 'update',
    succeeded: true,
    startTime: '2026-11-22T08:00:00.000Z',
    message: messages.deployment(digest),
    commit: 'c0ffee',
    dirty: false,
    configuration: new Map(),
    secrets: new Set(),
    delivered: { digest },
    ...more,
  }));

const failed = { succeeded: false };
const back = (version: number) => ({ message: messages.rollback(version) });
const withCanary = { delivered: { digest, canary } };

describe('a rollback', () => {
  it('goes back to the update before the newest, however that one ended', () => {
    expect(rollbackTarget(updates({}, {})).version).toBe(1);
    expect(rollbackTarget(updates(failed, {})).version).toBe(1);
  });

  it('passes over updates that failed, that had a canary, and what was no update', () => {
    expect(rollbackTarget(updates({}, withCanary, failed, { kind: 'refresh' }, {})).version).toBe(1);
    expect(rollbackTarget(updates({ kind: 'refresh' }, failed, {})).version).toBe(1);
  });

  it('of a canary that failed goes back to what ran before it, and of a promotion too', () => {
    expect(rollbackTarget(updates(withCanary, {})).version).toBe(1);
    expect(rollbackTarget(updates({}, withCanary, {})).version).toBe(1);
  });

  it('goes back to the version that is named', () => {
    expect(rollbackTarget(updates({}, {}, {}), 1).version).toBe(1);
    expect(rollbackTarget(updates({}, {}, {}), 3).version).toBe(3);
  });

  it.each([
    [9, 'there is no version 9; good ones are 5, 1'],
    [4, 'version 4 had a canary'],
    [3, 'version 3 failed'],
    [2, 'version 2 is no update, but a refresh'],
  ])('to version %i is refused: %s', (version, sentence) => {
    const all = updates({}, withCanary, failed, { kind: 'refresh' }, {});
    expect(() => rollbackTarget(all, version)).toThrow(sentence);
  });

  it('has nothing to go back to without a good update', () => {
    const none = 'no update before the newest one has succeeded without a canary';
    for (const all of [[], updates({}), updates({}, failed), updates({}, withCanary)])
      expect(() => rollbackTarget(all)).toThrow(none);
    expect(() => rollbackTarget([], 1)).toThrow('there is no version 1; there is no good one');
  });

  it('does not guess what was never committed', () => {
    expect(() => rollbackTarget(updates({}, { commit: undefined }))).toThrow(
      'version 1 was not made in a git repository',
    );
    const byHand = { dirty: true, message: 'a try' };
    expect(() => rollbackTarget(updates({}, byHand, {}))).toThrow(
      'version 2 was made with changes that its commit c0ffee does not have',
    );
  });

  it.each([messages.deployment(digest), messages.promotion(digest), messages.canary(digest, 10), messages.rollback(4)])(
    'goes back to an update of delivery, which had nothing but its own file uncommitted: %s',
    (message) => {
      expect(rollbackTarget(updates({}, { dirty: true, message })).version).toBe(1);
    },
  );

  it('after a rollback goes back to one before the update that runs again, and never to what the rollback left', () => {
    const again = updates(back(1), {}, withCanary, {});
    expect(() => rollbackTarget(again)).toThrow('no update before version 1, which runs again, has succeeded');
    expect(rollbackTarget(updates(back(2), {}, {}, {})).version).toBe(1);
    const twice = updates(back(1), back(2), {}, {}, {});
    expect(() => rollbackTarget(twice)).toThrow('no update before version 1, which runs again, has succeeded');
    expect(() => rollbackTarget(updates(back(3), failed, back(1), {}, {}))).toThrow('before version 1');
  });

  it('after a rollback and a later update goes back to the rollback', () => {
    expect(rollbackTarget(updates(failed, back(1), {}, {})).version).toBe(3);
    expect(rollbackTarget(updates(withCanary, back(1), {}, {})).version).toBe(3);
  });

  it('after a rollback that failed goes where that one went', () => {
    expect(rollbackTarget(updates({ ...back(1), ...failed }, {}, withCanary, {})).version).toBe(1);
  });

  it('does not guess the image of an update whose API had a secret', () => {
    const sentence = 'does not tell which image version 1 ran, since its ballast:api had a secret in it';
    expect(() => rollbackTarget(updates({}, { delivered: undefined }))).toThrow(sentence);
    expect(() => rollbackTarget(updates({}, { delivered: undefined }), 1)).toThrow(sentence);
    expect(() => rollbackPoint(updates({ delivered: undefined }))).toThrow(sentence);
  });
});

describe('in every history', () => {
  const step = fc.record({
    kind: fc.constantFrom('update', 'update', 'refresh', 'destroy'),
    succeeded: fc.boolean(),
    delivered: fc.constantFrom({ digest }, { digest }, { digest, canary }),
    /** How far it goes back, when it is a rollback. */
    by: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  });
  const histories = fc.array(step, { maxLength: 12 }).map((steps) =>
    updates(
      ...steps.map(({ by, ...each }, index) => {
        const to = by === undefined ? 0 : steps.length - index - by;
        return to < 1 ? each : { ...each, ...back(to) };
      }),
    ),
  );
  const chosen = (choice: () => RollbackTarget) => {
    try {
      return choice();
    } catch {
      return undefined;
    }
  };
  const expectSound = (target: RollbackTarget, all: readonly Update[]) => {
    expect(target).toMatchObject({ kind: 'update', succeeded: true });
    expect(target.delivered.canary).toBeUndefined();
    for (const { kind, version, message } of all) {
      const to = Number(/^rollback to version (.*)$/.exec(message)?.[1] ?? version);
      if (kind === 'update' && version > target.version) expect(target.version).toBeLessThanOrEqual(to);
    }
  };

  it('neither a rollback nor the point is an update that failed, had a canary, or was left by a rollback', () => {
    fc.assert(
      fc.property(histories, (all) => {
        for (const choice of [rollbackPoint, rollbackTarget]) {
          const target = chosen(() => choice(all));
          if (target !== undefined) expectSound(target, all);
        }
      }),
    );
  });

  it('rollbacks one after the other run each update once at most, and end', () => {
    fc.assert(
      fc.property(histories, (begin) => {
        const seen = new Set<number>();
        let all = begin;
        for (let target = chosen(() => rollbackTarget(all)); target; target = chosen(() => rollbackTarget(all))) {
          expect(seen).not.toContain(target.version);
          seen.add(target.version);
          const [{ version } = target] = all;
          all = [{ ...target, version: version + 1, message: messages.rollback(target.version) }, ...all];
          expect(rollbackPoint(all).version).toBe(version + 1);
        }
        expect(seen.size).toBeLessThanOrEqual(begin.length);
      }),
    );
  });

  it('an update that is good is the point, and where the rollback of a later one goes', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (before, succeeded) => {
        const [good, next] = [updates({}, ...before), updates({ succeeded }, {}, ...before)];
        expect(rollbackPoint(good).version).toBe(before.length + 1);
        expect(rollbackTarget(next).version).toBe(before.length + 1);
      }),
    );
  });
});

describe('the point to come back to', () => {
  it('is the newest good update, the newest of all too', () => {
    expect(rollbackPoint(updates({}, {})).version).toBe(2);
    expect(rollbackPoint(updates(withCanary, failed, {})).version).toBe(1);
  });

  it('is none that a later rollback was leaving, whether that one succeeded or failed', () => {
    expect(rollbackPoint(updates({ ...back(1), ...failed }, {}, withCanary, {})).version).toBe(1);
    expect(rollbackPoint(updates(back(1), {}, withCanary, {})).version).toBe(4);
  });

  it('is none that could not be brought back', () => {
    expect(() => rollbackPoint(updates({ dirty: true, message: 'a try' }))).toThrow('its commit c0ffee does not have');
    expect(() => rollbackPoint(updates(failed))).toThrow('no update has succeeded without a canary');
  });
});
