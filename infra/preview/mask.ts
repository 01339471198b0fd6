import { parseDocument } from 'yaml';
import { maskText } from './mask-text.ts';
import { isReference, mayBeCount, namesSecret, referenceFields } from './secret-names.ts';
import { tokenFor } from './secret-token.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How Pulumi marks special values in its JSON, and which of them are secrets. */
const signature = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** What `pulumi preview --json` has in the place of a secret. */
const blinded = '[secret]';

/** Shorter ones are masked where they stand, but not looked for in other texts, which would lose every `true` by it. */
const shortestSought = 8;

/**
 * Takes secrets out of resources before anything else looks at them. In place of each stands a token that is equal for equal
 * values, so that a changed one is still seen to change; `reveal` turns tokens into `[secret]`.
 *
 * Secret are: what Pulumi marks, on either side; the values of a Secret; what stands under a name that says so; credentials in
 * URLs; and each of these wherever else it occurs.
 */
export class Mask {
  readonly #sought = new Set<string>();
  #pattern: RegExp | undefined;

  /**
   * Notes the secrets of a resource, so that they are found elsewhere as well. Comes before any {@link pair}.
   *
   * @param texts Whether settings in texts, such as the files of a ConfigMap, are read as well, which takes long.
   */
  learn(resource: Fields, texts: boolean): void {
    this.#pattern = undefined;
    this.#learn(resource, false, texts);
  }

  /** Both sides of a resource without secrets. */
  pair<T extends Fields>(before: T | undefined, after: T | undefined): { before?: T; after?: T } {
    const marked = new Set<string>();
    for (const side of [before, after]) if (side !== undefined) findMarks(side, '', marked);
    const clean = (side: T) => this.#clean(side, '', marked, false) as T;
    return { ...(before && { before: clean(before) }), ...(after && { after: clean(after) }) };
  }

  /** A text without secrets. */
  text(text: string): string {
    const known = this.#known();
    const rest = known === undefined ? text : text.replaceAll(known, (secret) => tokenFor(secret));
    return maskText(rest, (secret) => tokenFor(secret));
  }

  #learn(value: unknown, secret: boolean, texts: boolean): void {
    if (typeof value === 'string') {
      if (secret) this.#seek(value);
      else if (texts) this.#learnText(value);
    } else if (Array.isArray(value)) {
      value.forEach((each, index) => this.#learn(each, secret || followsSecretFlag(value, index), texts));
    } else if (isFields(value)) {
      const all = secret || isMarked(value);
      for (const [key, inner] of Object.entries(value)) {
        const values = isSecretObject(value) && (key === 'data' || key === 'stringData');
        this.#learn(
          inner,
          values || (all ? !referenceFields.has(key) || isMarked(value) : holdsSecret(value, key)),
          texts,
        );
      }
    }
  }

  #learnText(text: string): void {
    for (const inner of structured(text)) this.#learn(inner, false, true);
    maskText(text, (secret) => {
      this.#seek(secret);
      // The password of `user:password`.
      this.#seek(secret.slice(secret.indexOf(':') + 1));
      return '';
    });
  }

  #seek(text: string): void {
    if (isReference(text)) return;
    const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? [Buffer.from(text, 'base64').toString()] : [];
    const quoted = /^".*"$/s.test(text) ? [text.slice(1, -1)] : [];
    for (const form of [text, ...decoded, ...quoted]) {
      if (form.includes('\uFFFD')) continue;
      for (const each of [form, ...form.split('\n')]) {
        const line = each.trim();
        if (line.length < shortestSought) continue;
        this.#sought.add(line);
        this.#sought.add(Buffer.from(line).toString('base64').replace(/=+$/, ''));
      }
    }
  }

  #known(): RegExp | undefined {
    if (this.#sought.size === 0) return undefined;
    return (this.#pattern ??= anyOf([...this.#sought]));
  }

  #clean(value: unknown, path: string, marked: ReadonlySet<string>, secret: boolean): unknown {
    if (value === undefined || value === null) return value;
    if (marked.has(path)) return tokenFor(value);
    if (typeof value === 'string') return secret && !isReference(value) ? tokenFor(value) : this.text(value);
    if (typeof value === 'number') return secret ? tokenFor(value) : value;
    if (Array.isArray(value)) {
      return value.map((each, index) =>
        this.#clean(each, path + place(value, each), marked, secret || followsSecretFlag(value, index)),
      );
    }
    if (!isFields(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => {
      const values = isSecretObject(value) && (key === 'data' || key === 'stringData');
      // Files that nobody can read in a comment, in which anything may be.
      if ((values || key === 'binaryData') && isFields(inner)) return [key, this.#values(inner)];
      const below = secret ? !referenceFields.has(key) : holdsSecret(value, key);
      const counts = typeof inner === 'number' && mayBeCount(nameAt(value, key));
      return [key, this.#clean(inner, `${path}.${key}`, marked, (below && !counts) || values)];
    });
    return Object.fromEntries(entries);
  }

  /** The values of a Secret, whatever they are. */
  #values(values: Fields): Fields {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, tokenFor(value)]));
  }
}

/** The longest first, since one may be the beginning of another. */
function anyOf(texts: readonly string[]): RegExp {
  const escaped = texts
    .toSorted((a, b) => b.length - a.length)
    .map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}

function findMarks(value: unknown, path: string, marked: Set<string>): void {
  if (value === blinded || (isFields(value) && isMarked(value))) marked.add(path);
  else if (Array.isArray(value)) for (const each of value) findMarks(each, path + place(value, each), marked);
  else if (isFields(value)) {
    for (const [key, inner] of Object.entries(value)) findMarks(inner, `${path}.${key}`, marked);
  }
}

/** An element's place in a list, which is the same on both sides: by its name; else all elements count as one. */
function place(list: readonly unknown[], element: unknown): string {
  const names = list.map((each) => (isFields(each) ? each['name'] : undefined));
  const unique = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return unique && isFields(element) ? `[${String(element['name'])}]` : '[]';
}

const isMarked = (fields: Fields): boolean =>
  fields[signature] === secretSignature || (signature in fields && fields['secret'] === true);

const isSecretObject = (fields: Fields): boolean => fields['kind'] === 'Secret';

/** Whether a field is a secret by its name; for `{name, value}` by what its name says. */
function holdsSecret(fields: Fields, key: string): boolean {
  // Holds the whole object once more, whatever that is.
  if (key === 'kubectl.kubernetes.io/last-applied-configuration') return true;
  return namesSecret(nameAt(fields, key));
}

const nameAt = (fields: Fields, key: string): string =>
  key === 'value' && typeof fields['name'] === 'string' ? fields['name'] : key;

/** `['--token', 'abc']`, `['-u', 'user:password']`: the element after a flag without a value. */
function followsSecretFlag(list: readonly unknown[], index: number): boolean {
  const [flag, value] = [list[index - 1], list[index]];
  if (typeof flag !== 'string' || !/^--?[A-Za-z][\w-]*$/.test(flag)) return false;
  return namesSecret(flag) || (/^(?:-u|--user|--proxy-user)$/.test(flag) && /^[^\s:]*:./.test(String(value)));
}

/** What a text of JSON or YAML holds; nothing for other text. */
function structured(text: string): readonly unknown[] {
  if (!/[\n{[]/.test(text)) return [];
  try {
    if (/^\s*[{[]/.test(text)) return [JSON.parse(text)];
  } catch {
    // It may be YAML all the same.
  }
  try {
    const document = parseDocument(text, { logLevel: 'error' });
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    // More aliases than any person writes.
    return [];
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
