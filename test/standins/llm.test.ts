import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { ended, freePort, listens, start, until } from '../processes.ts';
import { FaultPlan, slownessMs, type Fault } from './faults.ts';
import { startLlmStandin, type LlmStandin, type LlmStandinOptions } from './llm.ts';

const standins: LlmStandin[] = [];
afterEach(async () => {
  await Promise.all(standins.splice(0).map((standin) => standin.close()));
});
async function llm(options?: LlmStandinOptions): Promise<LlmStandin> {
  const standin = await startLlmStandin(options);
  standins.push(standin);
  return standin;
}

const ask = (url: string, model = 'm', signal?: AbortSignal) =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Where is the key to the pool, and who has it?' }],
    }),
    ...(signal && { signal }),
  });
const command = (url: string, body: unknown) =>
  fetch(`${url}/_standin/fault`, { method: 'POST', body: JSON.stringify(body) });

describe('a fault plan', () => {
  test('gives its faults in order, each for its requests', () => {
    const plan = new FaultPlan();
    plan.set({ kind: 'hang' }, { requests: 2 });
    plan.add({ kind: 'reset' }, { requests: 1 });
    expect(Array.from({ length: 4 }, () => plan.next('m').kind)).toEqual(['hang', 'hang', 'reset', 'none']);
  });

  test('keeps a fault until it is changed, and prefers the one for the target', () => {
    const plan = new FaultPlan();
    plan.set({ kind: 'hang' });
    plan.set({ kind: 'reset' }, { only: 'm' });
    expect(['m', 'n', 'm', 'n'].map((target) => plan.next(target).kind)).toEqual(['reset', 'hang', 'reset', 'hang']);
    plan.set({ kind: 'none' }, { only: 'm' });
    expect(['m', 'n'].map((target) => plan.next(target).kind)).toEqual(['none', 'hang']);
  });

  test('refuses to refuse for some requests only', () => {
    expect(() => new FaultPlan().set({ kind: 'refuse' }, { requests: 1 })).toThrow('sees none that it could count');
    expect(() => new FaultPlan().set({ kind: 'refuse' }, { only: 'm' })).toThrow('sees none that it could count');
  });

  test('is slow as its distribution says, and each time the same', () => {
    const fault: Extract<Fault, { kind: 'slow' }> = { kind: 'slow', medianMs: 100, p99Ms: 1000, seed: 7 };
    const times = Array.from({ length: 2000 }, (_, n) => slownessMs(fault, n)).sort((a, b) => a - b);
    expect(times[1000]).toBeGreaterThan(90);
    expect(times[1000]).toBeLessThan(110);
    expect(times[1980]).toBeGreaterThan(800);
    expect(times[1980]).toBeLessThan(1250);
    expect(slownessMs(fault, 5)).toBe(slownessMs(fault, 5));
    expect(slownessMs({ ...fault, seed: 8 }, 5)).not.toBe(slownessMs(fault, 5));
  });
});

describe('a stand-in', () => {
  test('says that it is one, and answers by quoting the question', async () => {
    const standin = await llm({ models: ['a', 'b'] });
    const response = await ask(standin.url);
    expect(response.headers.get('x-standin')).toBe('llm');
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'The stand-in was asked: Where is the key to the pool, and' } }],
    });
    const models = await fetch(`${standin.url}/models`);
    expect(await models.json()).toMatchObject({
      object: 'list',
      data: [{ id: 'a' }, { id: 'b', owned_by: 'standin' }],
    });
    expect((await fetch(`${standin.url}/embeddings`)).status).toBe(404);
  });

  test('serves as many at once as it has slots for; the others wait, and may leave', async () => {
    const standin = await llm({ capacity: { slots: 2, serviceMs: 200 } });
    const leaver = new AbortController();
    const asked = Array.from({ length: 4 }, () => ask(standin.url));
    await until('two are served, two wait', () => standin.load.busy === 2 && standin.load.waiting === 2);
    const left = ask(standin.url, 'm', leaver.signal).catch((error: unknown) => (error as Error).name);
    await until('another waits', () => standin.load.waiting === 3);
    leaver.abort();
    expect(await left).toBe('AbortError');
    await until('it has left', () => standin.load.waiting === 2);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(standin.load).toEqual({ busy: 0, waiting: 0 });
  });

  test('leaves no socket behind, whatever hangs', async () => {
    const standin = await llm();
    await standin.setFault({ kind: 'hang' });
    const failed = ask(standin.url).catch(() => 'closed');
    await until('it hangs', () => standin.requests === 1);
    await standin.close();
    expect(await failed).toBe('closed');
    await setImmediate();
    expect(standin.openSockets).toBe(0);
  });
});

describe('a stand-in in a process of its own', () => {
  test('is commanded over HTTP, also while it refuses connections, and ends when told to', async () => {
    const [port, controlPort] = [await freePort(), await freePort()];
    const args = [
      'test/standins/llm.ts',
      '--port',
      `${port}`,
      '--control-port',
      `${controlPort}`,
      '--reply',
      '{"a":1}',
    ];
    const child = start(process.execPath, args);
    const end = ended(child);
    try {
      const [line] = (await once(child.stdout ?? child, 'data')) as [string];
      const { url, controlUrl } = JSON.parse(line) as { url: string; controlUrl: string };
      expect([url, controlUrl]).toEqual([`http://127.0.0.1:${port}/v1`, `http://127.0.0.1:${controlPort}`]);
      expect(await (await ask(url)).text()).toContain('{\\"a\\":1}');

      await command(`http://127.0.0.1:${port}`, { fault: { kind: 'status', status: 418 }, requests: 1, only: 'm' });
      expect([(await ask(url, 'n')).status, (await ask(url)).status, (await ask(url)).status]).toEqual([200, 418, 200]);

      expect((await command(controlUrl, { fault: { kind: 'refuse' } })).status).toBe(200);
      await until('nothing listens', async () => !(await listens(port)));
      expect((await command(controlUrl, { fault: { kind: 'none' } })).status).toBe(200);
      expect((await ask(url)).status).toBe(200);

      expect((await command(controlUrl, { fault: {} })).status).toBe(400);
      const state = await fetch(`${controlUrl}/_standin/state`);
      expect(await state.json()).toMatchObject({ name: 'llm', requests: 5, aborts: [] });
    } finally {
      child.kill('SIGTERM');
    }
    expect((await end).code).toBe(0);
  });
});
