import { assignmentsIn } from '../../policies/secrets/assignment.ts';
import { formats, withPassword } from '../../policies/secrets/credential.ts';
import { isLiteral } from '../../policies/secrets/literal.ts';
import { isReference, mayBeCount, namesSecret } from './secret-names.ts';

// Each begins only where a word does: from any place within a long word they would take the square of its length.

/** `user:password@` of a URL. */
const userInfo = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)([^/?#\s"'`]*)@/gi;

const privateKey =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g;

const authorization = /\b(Bearer|Basic)\s+([A-Za-z0-9+/=._~-]{8,})/g;

/** What the policies know by its looks, to its end: they need only the beginning. */
const credentials = formats.map(([, { source }]) => new RegExp(`(?:${source})[\\w./+=~-]*`, 'g'));

/** What has a password at a place of it. */
const passwords = withPassword.map(([, pattern]) => pattern);

/** `-u user:password` of a command. */
const userFlag = /(?<![\w-])((?:-u|--user|--proxy-user)[ =]+["']?)([^\s:"']*:[^\s"']+)/g;

/** One setting a line, as in YAML and in files of settings: its value goes to the end of the line. */
const lineSetting = /^([ \t]*(?:- )?["']?([\w.-]+)["']?[ \t]*[:=][ \t]+)(\S.*)$/gm;

/** Redis gives values without a sign between. */
const redisSetting = /^([ \t]*(requirepass|masterauth)[ \t]+)(\S.*)$/gim;

/** Settings within a line: JSON, flags of a command, the query of a URL. */
const innerSetting = /(?<![\w.-])(["']?([\w.-]+)["']?[ \t]*[:=][ \t]*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&}\]]+)/g;

/**
 * Replaces what looks like a secret within a text: values of settings whose names say so, credentials in URLs, private keys, and all
 * that the policies find in it.
 *
 * @param conceal Gives what stands in the place of a secret.
 */
export function maskText(text: string, conceal: (secret: string) => string): string {
  const setting = (whole: string, start: string, name: string, value: string) => {
    const bare = value.replaceAll(/^["']|["'],?$/g, '');
    return namesSecret(name) && !isReference(bare) && !isPlain(bare, name) ? start + conceal(bare) : whole;
  };
  const known = text
    .replaceAll(privateKey, (key) => conceal(key))
    .replaceAll(userInfo, (_, scheme: string, user: string) => `${scheme}${conceal(user)}@`)
    .replaceAll(authorization, (_, scheme: string, value: string) => `${scheme} ${conceal(value)}`)
    .replaceAll(userFlag, (_, flag: string, user: string) => flag + conceal(user));
  const formatted = credentials.reduce((rest, format) => rest.replaceAll(format, (found) => conceal(found)), known);
  const plain = passwords.reduce(
    (rest, pattern) =>
      rest.replaceAll(pattern, (found: string, password: string) => found.replace(password, () => conceal(password))),
    formatted,
  );
  return withoutAssigned(text, plain, conceal)
    .replaceAll(lineSetting, setting)
    .replaceAll(redisSetting, setting)
    .replaceAll(innerSetting, setting);
}

/** Without what the structure of a text gives to names, wherever it stands there as a word: `name: TOKEN` and `value: ...`. */
function withoutAssigned(text: string, rest: string, conceal: (secret: string) => string): string {
  const values = assignmentsIn(text)
    .filter(([name, value]) => namesSecret(name) && isLiteral(value.trim(), 'variable') && !isPlain(value.trim(), name))
    .map(([, value]) => value.trim());
  // The longest first, since one may be the beginning of another.
  return [...new Set(values)]
    .sort((a, b) => b.length - a.length)
    .reduce((left, value) => left.replaceAll(asWord(value), () => conceal(value)), rest);
}

const asWord = (value: string): RegExp =>
  new RegExp(`(?<![\\w-])${value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g');

/** What is no secret under any name: an opening bracket, a switch; and a number where that may count something. */
const isPlain = (value: string, name: string) =>
  /^([[{|>][-+]?|true|false|null),?$/.test(value) || (/^\d{1,5},?$/.test(value) && mayBeCount(name));
