import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaLimitProblems } from './schema-limits.ts';
import { parseSignature, promptOf, schemaOfSignature, type Signature } from './signature.ts';

function signature(text: string): Signature {
  const parsed = parseSignature(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

const names = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}${index}`);

describe('a signature', () => {
  it('names inputs and outputs', () => {
    expect(parseSignature('document, question -> answer')).toEqual({
      inputs: ['document', 'question'],
      outputs: [{ name: 'answer', type: 'str' }],
    });
  });

  it('may say the types of outputs', () => {
    expect(
      signature('text -> summary: str, score: float, tags: list[str], urgent: bool, count: int, all:list[ int ]')
        .outputs,
    ).toEqual([
      { name: 'summary', type: 'str' },
      { name: 'score', type: 'float' },
      { name: 'tags', type: 'list[str]' },
      { name: 'urgent', type: 'bool' },
      { name: 'count', type: 'int' },
      { name: 'all', type: 'list[int]' },
    ]);
  });

  it('may say the types of inputs, which mean nothing', () => {
    expect(signature('context: list[str], question: str -> answer').inputs).toEqual(['context', 'question']);
  });

  it('may stand close together or apart', () => {
    expect(signature('a,b->c:int')).toEqual(signature('  a ,\n b  ->  c : int '));
  });

  it.each([
    ['', 'the signature must have one -> between inputs and outputs, such as "document, question -> answer: str"'],
    ['a -> b -> c', 'the signature must have one -> between inputs and outputs'],
    ['-> a', 'input "" at character 1: a name is a letter, then letters, digits and _'],
    ['a ->', 'output "" at character 5: a name is a letter, then letters, digits and _'],
    ['a, -> b', 'input "" at character 4: a name'],
    ['a -> 1b', 'output "1b" at character 6: a name'],
    ['a -> __proto__: int', 'output "__proto__: int" at character 6: a name'],
    ['a, b -> c, a', 'output "a" at character 12: the name is used twice'],
    [
      'a -> b, c: set[str]',
      'output "c: set[str]" at character 9: the type must be one of str, int, float, bool, list[str],',
    ],
    ['a -> b: constructor', 'the type must be one of str'],
    ['a -> b:', 'output "b:" at character 6: the type must be one of str'],
    [`${names('a', 21).join(',')} -> b`, 'the signature has 21 inputs; at most 20'],
    [`a -> ${names('b', 21).join(',')}`, 'the signature has 21 outputs; at most 20'],
    [`${'a'.repeat(496)} -> b`, 'the signature has 501 characters; at most 500'],
  ])('says where it is wrong and what is allowed: %s', (text, start) => {
    expect(parseSignature(text)).toEqual({ problem: expect.stringContaining(start) as unknown });
  });

  it('may have 20 of each', () => {
    const most = signature(`${names('a', 20).join(',')}->${names('b', 20).join(',')}`);

    expect(most.inputs).toHaveLength(20);
    expect(most.outputs).toHaveLength(20);
  });
});

describe('the schema of the answer', () => {
  it('is none where the answer is plain text', () => {
    expect(schemaOfSignature(signature('a -> b'))).toBeUndefined();
    expect(schemaOfSignature(signature('a -> b: str'))).toBeUndefined();
    expect(schemaOfSignature(signature('a -> b: int'))).toBeDefined();
    expect(schemaOfSignature(signature('a -> b, c'))).toBeDefined();
  });

  it('takes exactly the outputs', () => {
    const schema = schemaOfSignature(signature('a -> text, score: float, tags: list[str], urgent: bool, count: int'));
    const validate = new Ajv2020().compile(schema ?? {});
    const good = { text: 'x', score: 0.5, tags: ['a'], urgent: true, count: 1 };

    expect(schemaLimitProblems(schema, true)).toEqual([]);
    expect(validate(good)).toBe(true);
    expect(validate({ ...good, extra: 1 })).toBe(false);
    for (const name of Object.keys(good)) {
      expect(validate({ ...good, [name]: undefined })).toBe(false);
      expect(validate({ ...good, [name]: null })).toBe(false);
    }
    expect(validate({ ...good, count: 1.5 })).toBe(false);
    expect(validate({ ...good, tags: [1] })).toBe(false);
  });
});

describe('the prompt', () => {
  it('names the input and what to write', () => {
    expect(promptOf(signature('document, question -> answer'), { question: 'Why?', document: 'Because.' })).toEqual({
      prompt: 'document: Because.\n\nquestion: Why?\n\nFrom document, question, write answer and nothing else.',
    });
  });

  it('takes a string for the only input', () => {
    expect(promptOf(signature('text -> summary, score: float'), 'Long.')).toEqual({
      prompt:
        'text: Long.\n\nFrom text, write one JSON object with exactly these fields: summary (str), score (float).',
    });
    expect(promptOf(signature('text -> summary'), 'Long.')).toEqual(
      promptOf(signature('text -> summary'), { text: 'Long.' }),
    );
  });

  it('takes numbers, booleans and lists of such', () => {
    const given = promptOf(signature('a, b, c -> d'), { a: 1.5, b: false, c: ['x', 'y "z"', 2] });

    expect(given).toEqual({
      prompt: 'a: 1.5\n\nb: false\n\nc: ["x","y \\"z\\"",2]\n\nFrom a, b, c, write d and nothing else.',
    });
  });

  it.each([
    ['a, b -> c', 'text', "the input must be an object of exactly the signature's inputs a, b"],
    ['a -> c', 5, "the input must be a string or an object of exactly the signature's input a"],
    ['a -> c', ['x'], 'the input must be a string or an object'],
    ['a -> c', null, 'the input must be a string or an object'],
    ['a, b -> c', { a: 'x' }, "the input lacks b: it must have exactly the signature's inputs a, b"],
    ['a -> c', { a: 'x', z: 1 }, 'the input has "z", and must be an object of exactly the signature\'s input a'],
    ['toString -> c', {}, 'the input lacks toString'],
    ['a -> c', { a: null }, "the input's a must be a string, number, boolean or a list of those"],
    ['a -> c', { a: { b: 1 } }, "the input's a must be"],
    ['a -> c', { a: [['x']] }, "the input's a must be"],
  ])('is none where the input does not fit: %s', (text, input, start) => {
    expect(promptOf(signature(text), input)).toEqual({ problem: expect.stringContaining(start) as unknown });
  });
});

it('any text is a signature or a sentence', () => {
  const pieces = fc.array(fc.constantFrom('a', 'b1', '_', '->', ',', ':', 'str', 'list[str]', ' ', 'é', '1', '-'));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseSignature(text);
        if ('problem' in parsed) expect(parsed.problem).toMatch(/^(the signature|input|output) /);
        else expect(parsed.inputs.length * parsed.outputs.length).toBeGreaterThan(0);
      },
    ),
  );
});
