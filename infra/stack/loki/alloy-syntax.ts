/** A value of Alloy's configuration language: JSON's values, or an expression as it stands. */
export type Value = string | number | boolean | readonly Value[] | Reference;

/** An expression that names another component's export. */
export interface Reference {
  readonly expression: string;
}

/** One block: `name "label" { attributes, blocks }`. */
export interface Block {
  readonly name: string;
  readonly label?: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly blocks?: readonly Block[];
}

/** An expression, written as it is. */
export const reference = (expression: string): Reference => ({ expression });

/**
 * Blocks in Alloy's configuration syntax, for which there is no library in this language.
 * https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/
 */
export function alloyText(blocks: readonly Block[]): string {
  return blocks.map((block) => writeBlock(block, '')).join('\n');
}

function writeBlock({ name, label, attributes, blocks = [] }: Block, indent: string): string {
  const inner = `${indent}\t`;
  const head = label === undefined ? name : `${name} ${JSON.stringify(label)}`;
  const lines = Object.entries(attributes).map(([key, value]) => `${inner}${key} = ${writeValue(value)}\n`);
  return `${indent}${head} {\n${lines.join('')}${blocks.map((block) => writeBlock(block, inner)).join('')}${indent}}\n`;
}

/** Strings have JSON's escapes: the language takes those of Go, of which they are a part. */
function writeValue(value: Value): string {
  if (typeof value === 'object' && 'expression' in value) return value.expression;
  if (typeof value === 'object') return `[${value.map(writeValue).join(', ')}]`;
  return JSON.stringify(value);
}
