/** The types an output can have. */
const typeSchemas = {
  str: { type: 'string' },
  int: { type: 'integer' },
  float: { type: 'number' },
  bool: { type: 'boolean' },
  'list[str]': { type: 'array', items: { type: 'string' } },
  'list[int]': { type: 'array', items: { type: 'integer' } },
  'list[float]': { type: 'array', items: { type: 'number' } },
  'list[bool]': { type: 'array', items: { type: 'boolean' } },
} as const;

/** The types an output can have, as Python writes them. */
export type FieldType = keyof typeof typeSchemas;

/** What a plain call is given and what it is to write. */
export interface Signature {
  readonly inputs: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly type: FieldType }[];
}

/** What is wrong: a sentence that says where, and what is allowed. */
export interface Problem {
  readonly problem: string;
}

const maxLength = 500;
const maxFields = 20;
const example = '"document, question -> answer: str"';

/**
 * Reads a signature as DSPy writes them: inputs, `->`, outputs, each a name or `name: type`. Types are `str` (when none
 * is said), `int`, `float`, `bool` and `list[...]` of those. Those of inputs are allowed and not held against the input.
 */
export function parseSignature(text: string): Signature | Problem {
  if (text.length > maxLength) return { problem: `the signature has ${text.length} characters; at most ${maxLength}` };
  const arrow = text.indexOf('->');
  if (arrow === -1 || text.includes('->', arrow + 2)) {
    return { problem: `the signature must have one -> between inputs and outputs, such as ${example}` };
  }
  const names = new Set<string>();
  const inputs = parseFields(text.slice(0, arrow), 0, 'input', names);
  if ('problem' in inputs) return inputs;
  const outputs = parseFields(text.slice(arrow + 2), arrow + 2, 'output', names);
  if ('problem' in outputs) return outputs;
  return { inputs: inputs.map(({ name }) => name), outputs };
}

function parseFields(text: string, offset: number, kind: string, names: Set<string>): Signature['outputs'] | Problem {
  const parts = text.split(',');
  if (parts.length > maxFields) return { problem: `the signature has ${parts.length} ${kind}s; at most ${maxFields}` };
  const fields: { name: string; type: FieldType }[] = [];
  let position = offset;
  for (const part of parts) {
    const at = `${kind} ${JSON.stringify(part.trim())} at character ${position + part.search(/\S|$/) + 1}`;
    position += part.length + 1;
    const colon = part.indexOf(':');
    const name = (colon === -1 ? part : part.slice(0, colon)).trim();
    const type = colon === -1 ? 'str' : part.slice(colon + 1).replaceAll(/\s/g, '');
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      return { problem: `${at}: a name is a letter, then letters, digits and _; such as ${example}` };
    }
    if (names.has(name)) return { problem: `${at}: the name is used twice` };
    if (!isFieldType(type)) return { problem: `${at}: the type must be one of ${Object.keys(typeSchemas).join(', ')}` };
    names.add(name);
    fields.push({ name, type });
  }
  return fields;
}

function isFieldType(type: string): type is FieldType {
  return Object.hasOwn(typeSchemas, type);
}

/** The output's name when the answer is plain text: there is only one output, and it is a `str`. */
function textOutput({ outputs: [first, ...others] }: Signature): string | undefined {
  return first?.type === 'str' && others.length === 0 ? first.name : undefined;
}

/** JSON Schema of the answer: an object of exactly the outputs. `undefined` when the answer is plain text. */
export function schemaOfSignature(signature: Signature): Record<string, unknown> | undefined {
  if (textOutput(signature) !== undefined) return undefined;
  const { outputs } = signature;
  return {
    type: 'object',
    properties: Object.fromEntries(outputs.map(({ name, type }) => [name, typeSchemas[type]])),
    required: outputs.map(({ name }) => name),
    additionalProperties: false,
  };
}

/**
 * The question that a signature and its input make: the inputs by name, then what to write.
 *
 * @param input a string when there is one input; or an object of exactly the inputs, each a string, number, boolean or
 *   list of those. Lists are shown as JSON.
 */
export function promptOf(signature: Signature, input: unknown): { readonly prompt: string } | Problem {
  const { inputs, outputs } = signature;
  const [only] = inputs;
  const values = typeof input === 'string' && inputs.length === 1 && only !== undefined ? { [only]: input } : input;
  const declared = `the signature's input${inputs.length === 1 ? '' : 's'} ${inputs.join(', ')}`;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    const also = inputs.length === 1 ? 'a string or ' : '';
    return { problem: `the input must be ${also}an object of exactly ${declared}` };
  }
  const unknown = Object.keys(values).find((name) => !inputs.includes(name));
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 50).toWellFormed());
    return { problem: `the input has ${shown}, and must be an object of exactly ${declared}` };
  }
  const lines: string[] = [];
  for (const name of inputs) {
    if (!Object.hasOwn(values, name)) return { problem: `the input lacks ${name}: it must have exactly ${declared}` };
    const value = (values as Record<string, unknown>)[name];
    const isList = Array.isArray(value) && value.every(isScalar);
    if (!isScalar(value) && !isList) {
      return { problem: `the input's ${name} must be a string, number, boolean or a list of those` };
    }
    lines.push(`${name}: ${isList ? JSON.stringify(value) : String(value)}`);
  }
  const text = textOutput(signature);
  const fields = outputs.map(({ name, type }) => `${name} (${type})`).join(', ');
  const wanted =
    text === undefined ? `one JSON object with exactly these fields: ${fields}` : `${text} and nothing else`;
  return { prompt: [...lines, `From ${inputs.join(', ')}, write ${wanted}.`].join('\n\n') };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
