import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultModelTable } from '../contract/models.ts';
import { ConfigError, describeProblem } from '../contract/parse-config.ts';
import { readModelTable } from './model-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-models-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const path = join(folder, 'models.json');

function read(content: unknown) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readModelTable({ MODELS_FILE: path });
}

/** What the operator is told. */
function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.map(({ name }) => name)).toEqual(['MODELS_FILE']);
    return error.problems.map(describeProblem).join('\n');
  }
  return expect.fail('it was not refused');
}

it('is the default table without a file', () => {
  expect(readModelTable({ MODELS_FILE: undefined })).toBe(defaultModelTable);
});

it('is what the file says', () => {
  expect(read(defaultModelTable)).toEqual(defaultModelTable);
  expect(read({ ...defaultModelTable, budgets: { acme: 3 } }).budgets).toEqual({ acme: 3 });
});

describe('a complaint about the file names MODELS_FILE and the path', () => {
  it('when there is no file', () => {
    const missing = join(folder, 'missing.json');
    expect(complaint(() => readModelTable({ MODELS_FILE: missing }))).toBe(
      `MODELS_FILE is "${missing}", but must be a JSON file that can be read`,
    );
  });

  it('when it is a folder', () => {
    expect(complaint(() => readModelTable({ MODELS_FILE: folder }))).toContain('must be a JSON file that can be read');
  });

  it.each([[''], ['models:\n  qwen: {}\n'], ['{"models": {']])('when it is no JSON: %j', (text) => {
    expect(complaint(() => read(text))).toBe(`MODELS_FILE is "${path}", but must be a file that holds JSON`);
  });

  it.each([[[]], [null], ['"models"'], [1]])('when it is JSON of another kind: %j', (content) => {
    expect(complaint(() => read(content))).toMatch(/models and modes \(the file: Invalid input: expected object/);
  });

  it('with every problem at once, each with its place', () => {
    const { models, modes } = defaultModelTable;
    const table = {
      models: { ...models, 'a b': models['qwen'], qwen: { ...models['qwen'], context_tokens: 'many' } },
      modes: { ...modes, fast: { ...modes.fast, temperature: 3, fallback: 'quick' } },
      extra: 1,
    };
    const sentence = complaint(() => read(table));
    expect(sentence).toContain('models.qwen.context_tokens: Invalid input: expected number, received string');
    expect(sentence).toContain('models.a b: must be 1 to 64 of A-Z, a-z, 0-9, ., _, / and -');
    expect(sentence).toContain('modes.fast.temperature: ');
    expect(sentence).toContain('modes.fast.fallback: Invalid option: expected one of "creative"|"balanced"|"fast"');
    expect(sentence).toContain('the file: Unrecognized key: "extra"');
  });

  it('with all that is wrong between its parts', () => {
    const { modes } = defaultModelTable;
    const table = {
      ...defaultModelTable,
      modes: { ...modes, fast: { ...modes.fast, model: 'gpt', fallback: 'fast' } },
      variants: { a: { weight: 0, models: { fast: 'gpt' } } },
    };
    const sentence = complaint(() => read(table));
    expect(sentence).toContain('modes.fast.model: there is no model "gpt"; known: qwen, mistral, llama');
    expect(sentence).toContain('modes.fast.fallback: leads into a circle');
    expect(sentence).toContain('variants.a.models.fast: there is no model "gpt"');
    expect(sentence).toContain('variants: one variant at least needs a weight above 0');
  });

  it('with ten problems in words, and how many more there are', () => {
    const budgets = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`t${index}`, -1]));
    const sentence = complaint(() => read({ ...defaultModelTable, budgets }));
    expect(sentence.match(/budgets\.t\d+: /g)).toHaveLength(10);
    expect(sentence).toContain('; 3 more)');
  });
});
