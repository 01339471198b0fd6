/** Tags that tell a model where a text of somebody else begins and ends. */
export const delimiters = ['passage', 'question', 'schema', 'errors'] as const;

/** One of the tags. */
export type Delimiter = (typeof delimiters)[number];

/** A word, with invisible characters (category Cf) allowed within: a model may read over them. */
const spelled = (word: string) => Array.from(word).join('\\p{Cf}*');

/** What a reader may take for `<`: itself, and its full-width and small forms. */
const opening = '[<\\uFF1C\\uFE64]';

/**
 * Beginnings of what could end a text before its time:
 *
 * - our own delimiters, opening or closing, however they are spaced and written;
 * - what chat templates put around messages. Tokenizers turn these into control tokens wherever they stand, so that a
 *   passage could begin a message of the system: `<|...|>` (ChatML, Llama 3), `<s>` and `<<SYS>>` (Llama 2), `[INST]` and
 *   `[SYSTEM_PROMPT]` (Mistral), `<start_of_turn>` (Gemma).
 */
const lookAlikes = new RegExp(
  `${opening}(?=[\\s\\p{Cf}/]*(?:${delimiters.map(spelled).join('|')}))` +
    '|<(?=\\||/?s>|<?/?SYS|(?:start|end)_of_turn)' +
    '|\\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_))',
  'giu',
);

/** A text of somebody else, with the bracket that opens a look-alike replaced by one that opens nothing. */
export function neutralise(text: string): string {
  return text.replace(lookAlikes, (bracket) => (bracket === '[' ? '(' : '\u2039'));
}

/** A text of somebody else between delimiters that it cannot close. */
export function delimited(tag: Delimiter, text: string): string {
  return `<${tag}>\n${neutralise(text)}\n</${tag}>`;
}

/** A JSON value of somebody else between delimiters that it cannot close. It means what it did: only strings hold `<`. */
export function delimitedJson(tag: Delimiter, value: unknown): string {
  const json = JSON.stringify(value).replace(
    lookAlikes,
    (bracket) => `\\u${bracket.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<${tag}>\n${json}\n</${tag}>`;
}
