/** What a name calls its value: a token may be a number of something, and a switch may be one of a secret. */
export type SecretTerm = 'token' | 'switch' | 'other';

/** Ends of words that call a value secret: `password`, and `pgpassword`. */
const terms =
  /(?:passwords?|passwd|passphrase|passcode|secret|token|credentials?|apikeys?|(?:access|private|secret)key)$/;
/** Words that call a value secret only when they are the whole word; the last two are what Redis calls its passwords. */
const words = ['pass', 'pwd', 'requirepass', 'masterauth'];
/** Kinds of keys that are secret: `API_KEY`. A key alone is mostly the key of a table. */
const keys = new Set(
  'access account api app auth encryption hmac jwt master private secret shared signing ssh unseal'.split(' '),
);

/** Words after the term that say that the value is not the secret, but something about it: `PASSWORD_FILE`, `TOKEN_TTL`. */
const descriptions = new Set(
  [
    'arn dir directory endpoint file folder host id ids key mount name names path port ref reference uri url',
    'age duration expiration expires expiry hours interval lifetime minutes period rotation seconds secs timeout ttl',
    'complexity cookie cookies encryption hash hashing history signature strength',
    'bucket budget count counter index length limit max min rate size total window',
    'algorithm audience backend claim engine format generation issuer kind label manager method mode policy provider',
    'source store strategy type version',
    'allow disable disabled enable enabled require required',
    'column env field header metric param parameter pattern prefix regex selector suffix var variable',
    'alg algorithms attribute attributes headers through',
    'checksum description fingerprint help hint message namespace placeholder prompt region role scope scopes title user username',
  ].flatMap((line) => line.split(' ')),
);
/** Words before the term that say the same: tokens of language models and of pages, and objects that are called by name. */
const preceding = new Set(
  'begin bos cls continue cost dummy end eos existing first mask max min next num pad page per public sep special start stop unk'.split(
    ' ',
  ),
);

/** Words somewhere before the term of what may be a switch, but a secret too: `RANDOM_ROOT_PASSWORD`. */
const switches = new Set(['allow', 'random', 'require']);

/** How a name calls its value secret, whichever way its words are put together; nothing where it does not. */
export function secretTerm(name: string): SecretTerm | undefined {
  // The working directories of a shell.
  if (name === 'PWD' || name === 'OLDPWD') return undefined;
  const parts = wordsOf(name);
  const at = parts.findLastIndex((word, index) => isTerm(word, parts[index - 1]));
  if (at === -1 || parts.slice(at + 1).some((word) => descriptions.has(word))) return undefined;
  if (preceding.has(parts[at - 1] ?? '')) return undefined;
  if (parts[at]?.endsWith('token') === true) return 'token';
  return parts.slice(0, at).some((word) => switches.has(word)) ? 'switch' : 'other';
}

const isTerm = (word: string, before = ''): boolean =>
  terms.test(word) || words.includes(word) || (/^keys?$/.test(word) && keys.has(before));

/** The words of `DB_PASSWORD_2`, `dbPassword2` and `db.password-2`, in lower case. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/([A-Za-z])(\d)/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
