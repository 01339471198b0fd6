import { describe, expect, test } from 'vitest';
import { buildTestApp, modelThat, problemIn, seriesOf } from '../../service/testing.ts';

/** The longest that this thread worked between two turns of its event loop, by its own CPU time: other processes do not count. */
function watchTurns(): { longestMs: () => number } {
  let longest = 0;
  let last = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
  }, 1);
  return {
    longestMs: () => {
      clearInterval(timer);
      return longest;
    },
  };
}

describe('schemas by the thousand', () => {
  /** So many levels of what a step puts around them. */
  const nested = (levels: number, around: (inner: unknown) => unknown): unknown =>
    Array.from({ length: levels }).reduce((inner) => around(inner), { type: 'string' });

  /** Each refers twice to the next, so that a value is held against 2 to the power of their number. */
  const exponential = (definitions: number, index: number) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: definitions }, (_, level) => {
        const next = { $ref: `#/$defs/d${level + 1}` };
        return [`d${level}`, level + 1 < definitions ? { allOf: [next, next] } : { const: index }];
      }),
    ),
  });

  /** What a hostile caller sends, and what is said of it. */
  const hostile: readonly (readonly [make: (index: number) => unknown, reason: RegExp])[] = [
    [(index) => ({ enum: [`${index}`, 'x'.repeat(20_000)] }), /is longer than 16384 bytes/],
    [(index) => ({ title: `${index}`, not: nested(20, (not) => ({ not })) }), /levels? (of schemas )?deep/],
    [(index) => ({ title: `${index}`, const: nested(60, (inner) => [inner]) }), /is nested more than 40 levels deep/],
    [(index) => ({ $ref: `http://127.0.0.1:1/${index}.json` }), /\$ref: /],
    [(index) => ({ $ref: `#/$defs/absent${index}` }), /\$ref: /],
    [(index) => exponential(20, index), /holds one value against more than 10000 schemas/],
    [(index) => ({ title: `${index}`, $ref: '#' }), /refers to itself without end/],
    [(index) => ({ pattern: `(${index}` }), /pattern: /],
    [(index) => ({ pattern: `(?=${index})x` }), /pattern: /],
    [(index) => ({ pattern: `(${index})\\1` }), /pattern: /],
    [(index) => ({ pattern: `${index}${'a'.repeat(300)}` }), /is a pattern of 30\d characters; at most 256/],
    [(index) => ({ pattern: `^${index}((a{1,99}){1,99}){1,99}$` }), /pattern|too complex|repeat/],
    [(index) => ({ enum: Array.from({ length: 251 }, (_, value) => value + index) }), /at most 250 are allowed/],
    [(index) => ({ $id: `https://elsewhere.example/${index}` }), /\$id: is not allowed/],
    [(index) => ({ [`no-keyword-${index}`]: 1 }), /is no keyword of JSON Schema/],
    [(index) => ({ type: `kind-${index}` }), /type: /],
    [(index) => ({ minLength: -1 - index }), /minLength: must be an integer from 0/],
    [
      (index) => ({ properties: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${index}-${n}`, true])) }),
      /holds more than 300 schemas/,
    ],
  ];

  const good = (index: number) => ({
    type: 'object',
    required: ['number'],
    properties: { number: { const: index }, [`word${index}`]: { type: 'string', pattern: `^(a+)+${index}$` } },
  });

  test('each hostile one is refused with its reason, the others are answered, and nothing is held up', async () => {
    const model = modelThat(async ({ question }) => ({
      text: JSON.stringify({ number: Number(question.split(' ').at(-1)) }),
      used: [],
      inputTokens: 1,
      outputTokens: 1,
    }));
    const app = await buildTestApp({ model, env: { LOG_LEVEL: 'fatal' } });
    const client = app.as('acme');
    const askOne = async (index: number) => {
      const [make, reason] = index % 2 === 0 ? [] : (hostile[((index - 1) / 2) % hostile.length] ?? []);
      const question = `What is number ${index}`;
      const response = await client.post('/query', { question, schema: make ? make(index) : good(index) });
      if (!make || !reason) {
        expect({ index, status: response.statusCode }).toEqual({ index, status: 200 });
        expect(response.json()).toMatchObject({ answer: { number: index } });
        return;
      }
      const { status, detail } = problemIn(response);
      expect({ status, detail }).toEqual({ status: 400, detail: expect.stringMatching(reason) as string });
      expect(detail).toMatch(/^schema/);
      expect(detail.length).toBeLessThan(5_000);
    };
    let asked = 0;
    const askAll = (total: number) =>
      Promise.all(
        Array.from({ length: 20 }, async () => {
          while (asked < total) await askOne(asked++);
        }),
      );

    // The worker starts, and the code is made quick.
    await askAll(200);
    const before = process.memoryUsage().rss;
    const turns = watchTurns();
    await askAll(3_000);
    expect(turns.longestMs()).toBeLessThan(250);
    // The worker's heap is 208 MiB at most, and it keeps 500 schemas; compiled, the 1,400 good ones would be far more.
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);

    const metrics = (await app.app.inject('/metrics')).body;
    expect(seriesOf(metrics).get('rag_errors_total{type="bad_request"}')).toBe(1_500);
    expect(seriesOf(metrics).get('rag_errors_total{type="internal"}')).toBe(0);
    expect(seriesOf(metrics).get('llm_json_requests_total{outcome="valid"}')).toBe(1_500);
  });
});
