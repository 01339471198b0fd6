import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { WaitingQueue } from './waiting-queue.ts';

const { signal } = new AbortController();

describe('a waiting queue', () => {
  it('takes higher priorities first, and first come, first served within one', async () => {
    const queue = new WaitingQueue<string>(() => undefined);
    const order: string[] = [];
    for (const priority of ['low', 'normal', 'high', 'low', 'normal', 'high'] as const) {
      const name = `${priority} ${queue.size}`;
      void queue.wait(priority, signal).then(() => order.push(name));
    }
    for (let turn = queue.next(); turn; turn = queue.next()) turn.grant('yours');
    await Promise.resolve();
    expect(order).toEqual(['high 2', 'high 5', 'normal 1', 'normal 4', 'low 0', 'low 3']);
    expect(queue.size).toBe(0);
  });

  it('finds the youngest of the lowest priority, when that is lower', async () => {
    const queue = new WaitingQueue<string>(() => undefined);
    const refused: string[] = [];
    for (const [name, priority] of [
      ['a', 'low'],
      ['b', 'low'],
      ['c', 'normal'],
      ['d', 'normal'],
    ] as const) {
      queue.wait(priority, signal).catch(() => refused.push(name));
    }
    const displace = (by: 'high' | 'normal' | 'low') => queue.youngestBelow(by)?.refuse(new Error('displaced'));
    displace('low');
    displace('normal');
    displace('high');
    displace('normal');
    displace('high');
    await new Promise(setImmediate);
    expect(refused).toEqual(['b', 'a', 'd']);
    expect(queue.size).toBe(1);
  });

  it('drops at once whose signal aborts, and says so', async () => {
    const onLeft = vi.fn();
    const queue = new WaitingQueue<string>(onLeft);
    const controller = new AbortController();
    const first = queue.wait('normal', signal);
    const leaving = queue.wait('normal', controller.signal);
    const last = queue.wait('normal', signal);
    const left = new Error('left');
    controller.abort(left);
    expect(queue.size).toBe(2);
    expect(onLeft).toHaveBeenCalledOnce();
    await expect(leaving).rejects.toBe(left);
    queue.next()?.grant('first');
    queue.next()?.grant('last');
    expect(await Promise.all([first, last])).toEqual(['first', 'last']);
  });

  it('leaves no listener, however the waiting ends', async () => {
    const queue = new WaitingQueue<string>(() => undefined);
    const [granted, displaced, left] = [new AbortController(), new AbortController(), new AbortController()];
    const ends = Promise.allSettled([
      queue.wait('high', granted.signal),
      queue.wait('low', displaced.signal),
      queue.wait('low', left.signal),
    ]);
    left.abort();
    queue.next()?.grant('yours');
    queue.youngestBelow('high')?.refuse(new Error('displaced'));
    await ends;
    for (const { signal } of [granted, displaced, left]) expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(queue.size).toBe(0);
  });
});
