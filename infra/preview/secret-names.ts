import { secretTerm } from '../../policies/secrets/name.ts';

/**
 * Ends of words that name a secret for a comment, beside those of the policies: what a policy must not refuse may be secret all the
 * same, and is not shown.
 */
const secretWord = /(dsn|authorization|bearer|cookie|jwt|sig|signature|tokens)$/;

/** What makes `key` the name of a secret, beside what the policies know: `client-key-data`. */
const beforeKey = ['client', 'salt', 'tls', 'ssl', 'rsa', 'server'];

/** Variables whose key is none that opens something. */
const openKey = /PUBLIC|PRIMARY|FOREIGN|PARTITION|SORT|CACHE|ROUTING|OBJECT|GROUP|TOPOLOGY|LABEL/;

/** Tokens of a text, which are counted, and not those that open something. */
const counted = ['max', 'min', 'limit', 'input', 'output', 'prompt', 'completion', 'total', 'per', 'budget', 'context'];

/** Last words of names that only say where a secret is, or how long, how large or how often. */
const harmless = new Set(
  (
    'name names namespace ref refs file files path dir ttl expiration expiry seconds secs minutes days length count ' +
    'limit limits max min budget size issuer audience algorithm header type enabled disabled required policy provider ' +
    'store version counter rotation selector domain secure'
  ).split(' '),
);

/** Whether what stands under this name is a secret: name of a field, an environment variable or a flag. */
export function namesSecret(name: string): boolean {
  if (secretTerm(name) !== undefined) return true;
  // A variable that is called the key of something: `STRIPE_KEY`.
  if (/^[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*KEYS?$/.test(name)) return !openKey.test(name);
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined || harmless.has(last)) return false;
  return words.some((word, index) => {
    if (word.endsWith('tokens')) return !words.some((each) => counted.includes(each));
    return secretWord.test(word) || (/^keys?$/.test(word) && beforeKey.includes(words[index - 1] ?? ''));
  });
}

/** Whether a number under this name may count something, as it may for tokens, and is shown. A password may be a number. */
export const mayBeCount = (name: string): boolean => secretTerm(name) !== 'other';

/** A value that only says where a secret comes from: `$(REDIS_PASSWORD)`, `${TOKEN}`, `os.environ/LLM_API_KEY`. */
export const isReference = (value: string): boolean =>
  /^(\$\([A-Z0-9_]+\)|\$\{[A-Z0-9_]+\}|os\.environ\/[A-Z0-9_]+)?$/.test(value);

/** Fields of a reference to a Secret; what they hold are names, even below a field that names a secret. */
export const referenceFields: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'secretName',
  'key',
  'path',
  'items',
  'kind',
  'apiVersion',
]);
