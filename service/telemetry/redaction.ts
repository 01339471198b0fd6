const hidden = '[redacted]';

/** How what is secret is called, whatever comes before: `x-api-key` and `openai_api_key` both end in one of these. */
const secretName =
  '(?:secret|passw(?:or)?d|passphrase|(?:api|access|secret|private|account|sentry)[ _-]?key|(?<=[a-z0-9][_-]?)token)';

/** What stands between a name and its value. */
const separator = String.raw`\\{0,7}["']?\s{0,9}[=:]\s{0,9}`;

/** What stands between quotation marks. They may be escaped, as in JSON that stands in a string. */
const quotation = String.raw`(\\{0,7}["'])[\s\S]*?(?<!\\)\2`;

/**
 * What secrets look like. No rule looks at the same part of a text again and again: where it repeats without a bound, a
 * match begins at one place only.
 */
const rules: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g, hidden],
  // A JSON Web Token, or what is left of one: base64url parts, the first of which is a JSON object and so starts with `eyJ`.
  [/eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/g, hidden],
  [/\b((?:Bearer|Basic)\s{1,9})([\w.~+/=-]{8,})/gi, (all, scheme, what) => (isWord(what) ? all : `${scheme}${hidden}`)],
  // Not a placeholder, as in https://PUBLIC_KEY@HOST.
  [/:\/\/(?![A-Z_]+@)[^/\s"<>]+@/g, `://${hidden}@`],
  // AWS, GitHub, Hugging Face.
  [
    /(?<![A-Za-z0-9])(?:A[KS]IA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|hf_[A-Za-z0-9]{20,})/g,
    hidden,
  ],
  // Slack, Google, and OpenAI, Anthropic and those who copy them, who quote a wrong key with asterisks in it.
  [/(?<![A-Za-z0-9])(?:xox[a-z]-[\w-]{8,}|AIza[\w-]{30,}|sk-(?=[\w-]{0,99}[\dA-Z*])[\w*-]{8,})/g, hidden],
  [new RegExp(`(${secretName}${separator})(?:${quotation}|["']?[^\\s"'&,;]+)`, 'gi'), `$1${hidden}`],
  // Not in a sentence about a token, or about the header that it belongs in.
  [new RegExp(String.raw`\b(token(?:=|\\{0,7}["']\s{0,9}:\s{0,9}))(?:${quotation}|[^\s"'&,;]+)`, 'gi'), `$1${hidden}`],
  [new RegExp(`(authorization${separator})(?:${quotation}|(?:[\\w-]{1,20}\\s)?[^\\s"'\`,;]{8,})`, 'gi'), `$1${hidden}`],
  [new RegExp(`(cookie${separator})(?:${quotation}|[^\\n"']+)`, 'gi'), `$1${hidden}`],
  [/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu, hidden],
  // V8 quotes up to 21 characters of what it could not parse, which may be a prompt's or an answer's.
  [/(?:\.\.\.)?"[\s\S]{0,40}?"(?:\.\.\.)? is not valid JSON/g, `${hidden} is not valid JSON`],
];

/** A secret access key of AWS has no mark of its own: it is 40 characters of base64 near to what says whose it is. */
const awsSecret = /(?<![\w/+=.-])(?=[^a-z]{0,39}[a-z])(?=[^A-Z]{0,39}[A-Z])[A-Za-z0-9/+]{40}(?![\w/+=])/g;
const saysAws = /A[KS]IA|aws/i;

/**
 * What any secret has in it. Some short patterns, since a long one is several times slower than all of them: V8 looks for
 * a short one by skipping over what cannot be part of it.
 */
const signs: readonly RegExp[] = [
  /@/,
  /secret|passw|passphrase|bearer|basic|cookie|authoriz|token[^s]/i,
  /(?:api|access|private|account|sentry)[ _-]?key/i,
  /eyJ|sk-|hf_|xox|AIza|A[KS]IA|gh[pousr]_|_pat_|-----B|not valid JSON/,
  /aws/i,
];

/** Hides tokens, keys, passwords, cookies and e-mail addresses in text that came from elsewhere, such as an error. */
export function redact(text: string): string {
  if (!signs.some((sign) => sign.test(text))) return text;
  const first = saysAws.test(text) ? text.replace(awsSecret, hidden) : text;
  return rules.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement as string), first);
}

/**
 * Names of members under which nothing is shown. Not by pino's own `redact`: it takes paths, and those with wildcards
 * cost it 70 microseconds a line.
 */
const secretMember = new RegExp(`(?:${secretName}|token|authorization|cookie)$`, 'i');

/**
 * Does what {@link redact} does to every text of a line of the log, names of members included, and hides all that is
 * under the name of a secret. Whatever else the line says stays, and it stays one line of JSON.
 */
export function redactLine(line: string): string {
  if (!signs.some((sign) => sign.test(line))) return line;
  return `${JSON.stringify(redactAll(JSON.parse(line)))}\n`;
}

function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redact(name),
      secretMember.test(name) && member !== null ? hidden : redactAll(member),
    ]),
  );
}

/** Whether what follows `Basic` or `Bearer` is English: it has no digit, is short, and does not change its case twice. */
function isWord(text = ''): boolean {
  return text.length < 24 && !/\d|[a-z][A-Z]\w*[a-z][A-Z]/.test(text);
}
