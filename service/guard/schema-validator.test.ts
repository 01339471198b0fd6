import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ended, start } from '../../test/processes.ts';
import { SchemaValidator, SchemaValidatorBusyError } from './schema-validator.ts';

function startValidator(strict = true): SchemaValidator {
  const validator = new SchemaValidator({ strict });
  onTestFinished(() => validator.close());
  return validator;
}

/** Within the limits; takes forever for a value nested as deep as {@link nested}, and holds no errors meanwhile. */
const hostile = {
  allOf: [
    { not: { not: { properties: { a: { $ref: '#' } } } } },
    { not: { not: { properties: { a: { $ref: '#' } } } } },
  ],
};

function nested(depth: number): unknown {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}

const tooComplex = 'is too complex: checking it takes more than 1 s, or too much memory';

/** Lets the worker's time go by. The worker itself has real time. */
function letTimePass(): void {
  vi.advanceTimersByTime(1_000);
}

afterEach(() => void vi.useRealTimers());

describe('checking a schema', () => {
  it('finds nothing wrong with a good one', async () => {
    expect(await startValidator().check({ type: 'object', properties: { a: { type: 'string' } } })).toEqual([]);
    expect(await startValidator().check(true)).toEqual([]);
  });

  it('finds what is over the limits, no schema, or does not compile', async () => {
    const validator = startValidator();

    expect(await validator.check({ $ref: 'https://example.com' })).toMatchObject([{ pointer: '/$ref' }]);
    expect(await validator.check({ properties: { a: { type: 'strin' } } })).toMatchObject([
      { pointer: '/properties/a/type' },
    ]);
    expect(await validator.check({ pattern: '(?!a)' })).toMatchObject([{ pointer: '/pattern' }]);
  });

  it('is strict as configured', async () => {
    expect(await startValidator(true).check({ 'x-mine': 1 })).toMatchObject([{ pointer: '/x-mine' }]);
    expect(await startValidator(false).check({ 'x-mine': 1 })).toEqual([]);
  });

  it('gives up one that takes too long', async () => {
    const validator = startValidator();
    await validator.check({});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // Large classes are slow to compile, some milliseconds each.
    const slow = Array.from({ length: 55 }, (_, index) => [
      `p${index}`,
      { pattern: `(?i)[^${'\\pL\\pN\\PS'.repeat(20)}]${index}` },
    ]);
    const checked = validator.check({ properties: Object.fromEntries(slow) as unknown });
    letTimePass();

    expect(await checked).toEqual([{ pointer: '', message: tooComplex }]);
    expect(await validator.check({ type: 'object' })).toEqual([]);
  });
});

describe('validating a value', () => {
  it('says whether it is valid, and what is wrong with it', async () => {
    const validator = startValidator();
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };

    expect(await validator.validate(schema, { a: 'x' })).toEqual({ valid: true });
    expect(await validator.validate(schema, { a: 1 })).toEqual({ valid: false, errors: '/a must be string' });
    expect(await validator.validate(false, null)).toMatchObject({ valid: false });
    expect(await validator.validate({ type: 'null' }, null)).toEqual({ valid: true });
  });

  it('gives up a schema that takes too long, and answers the others that waited', async () => {
    const validator = startValidator();
    await validator.check({});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const given = validator.validate(hostile, nested(60));
    const others = [validator.validate({ type: 'string' }, 'x'), validator.validate({ type: 'string' }, 1)];
    letTimePass();

    expect(await given).toEqual({ valid: false, errors: `the schema ${tooComplex}` });
    expect(await Promise.all(others)).toEqual([{ valid: true }, { valid: false, errors: 'the answer must be string' }]);
  });

  it('leaves the event loop free meanwhile', async () => {
    const validator = startValidator();
    let turns = 0;
    const turn = () => {
      turns += 1;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    const result = await validator.validate(hostile, nested(60));
    clearImmediate(immediate);

    expect(result.valid).toBe(false);
    expect(turns).toBeGreaterThan(100);
  });

  it('takes an answer that came in time, though the event loop was held up meanwhile', async () => {
    const validator = startValidator();
    await validator.check({});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const validated = validator.validate({ type: 'string' }, 'x');
    // The answer is there before the loop goes on, and the timer is due as well.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
    letTimePass();

    expect(await validated).toEqual({ valid: true });
  });

  it('gives up what takes too much memory', async () => {
    const validator = startValidator();
    const node = { properties: { a: { $ref: '#' } }, minProperties: 1 };

    expect(await validator.validate({ anyOf: [node, { ...node, title: 'again' }] }, nested(40))).toEqual({
      valid: false,
      errors: `the schema ${tooComplex}`,
    });
    expect(await validator.validate(true, 'x'.repeat(2_000_000))).toEqual({
      valid: false,
      errors: 'the answer is longer than 2000000 characters',
    });
  });

  it('fails alone when it crashes the worker', async () => {
    const validator = startValidator();
    // No JSON at all, which is the only known way.
    const [given, other] = [validator.validate(undefined, 1), validator.validate({ type: 'string' }, 'x')];

    await expect(given).rejects.toThrow('not valid JSON');
    expect(await other).toEqual({ valid: true });
  });

  it('fails for a schema that was not checked', async () => {
    await expect(startValidator().validate({ type: 'strin' }, 1)).rejects.toThrow('the schema must be equal to one');
  });
});

it('lets 200 requests wait and no more', async () => {
  const validator = startValidator();
  await validator.check({});
  const accepted = Array.from({ length: 201 }, () => validator.check({}));

  await expect(validator.check({})).rejects.toThrow(SchemaValidatorBusyError);
  await expect(validator.validate({}, 1)).rejects.toThrow('200 requests wait');
  expect(await Promise.all(accepted)).toEqual(accepted.map(() => []));
  expect(await validator.check({})).toEqual([]);
});

it('fails those who wait when it is closed, and those who come later', async () => {
  const validator = startValidator();
  await validator.check({});
  const waiting = [validator.check({}), validator.check({ type: 'string' })];
  const closing = validator.close();

  await expect(waiting[0]).rejects.toThrow('is closed');
  await expect(waiting[1]).rejects.toThrow('is closed');
  await closing;
  await expect(validator.check({})).rejects.toThrow('is closed');
});

it('does not keep the process alive', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-validator-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = join(folder, 'script.mjs');
  await writeFile(
    script,
    `import { SchemaValidator } from ${JSON.stringify(new URL('./schema-validator.ts', import.meta.url))};
    const alive = setInterval(() => {}, 1_000);
    console.log(JSON.stringify(await new SchemaValidator({ strict: true }).validate({ type: 'string' }, 'x')));
    clearInterval(alive);`,
  );

  const child = start(process.execPath, ['--no-warnings', script]);
  onTestFinished(() => void child.kill('SIGKILL'));

  expect(await ended(child)).toEqual({
    code: 0,
    stdout: '{"valid":true}\n',
    stderr: '',
  });
}, 60_000);
