import { createHash } from 'node:crypto';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { redact } from './redaction.ts';

/** What errors of one kind have in common. */
export interface ErrorSignature {
  /** 16 hexadecimal digits, the same for the same class, route, dependency and normalised message. */
  readonly fingerprint: string;
  /** The class, as the error names itself. */
  readonly error: string;
  /** Redacted, 2,000 characters at most. */
  readonly message: string;
  /** The upstream that failed, a model's name or a dependency's; `null` when none did. */
  readonly dependency: string | null;
}

const maxNameLength = 100;
const maxMessageLength = 2_000;

/** More than is kept, since redaction shortens; and little enough that a message of megabytes costs no more than this. */
const maxReadLength = 2 * maxMessageLength;

/** Longer chains of causes than this are made by nobody on purpose. */
const maxCauses = 8;

/** What tells an error from those of another kind. */
export function signatureOf(error: Error, route: string): ErrorSignature {
  const name = nameOf(error);
  const message = messageOf(error);
  const dependency = upstreamErrorIn(error)?.upstream ?? null;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([name, route, dependency, normalise(message)]))
    .digest('hex')
    .slice(0, 16);
  return { fingerprint, error: name, message, dependency };
}

/** An error's class, as it names itself, which code that is not ours may do in any way. */
export function nameOf(error: Error): string {
  const { name }: { name: unknown } = error;
  return String(name).slice(0, maxNameLength);
}

/** An error's message without secrets, 2,000 characters at most. */
export function messageOf(error: Error): string {
  const { message }: { message: unknown } = error;
  const text = String(message);
  const isLong = text.length > maxReadLength;
  // A word that is cut could be the half of a secret by which nobody recognises it.
  const read = isLong ? text.slice(0, maxReadLength).replace(/(?<!\S)\S+$/, '') : text;
  const redacted = redact(read);
  if (!isLong && redacted.length <= maxMessageLength) return redacted;
  // By way of bytes: what is cut out of a string keeps all of it in memory, and may end with half a character.
  return `${Buffer.from(redacted.slice(0, maxMessageLength - 1)).toString()}…`;
}

/** Characters of a stack that are read: Node writes ten frames. */
const maxStackLength = 16_384;

/** The lines of an error's stack that are frames. What its message says is none, whatever it looks like. */
export function framesIn(error: Error): readonly string[] {
  const thrown: { stack?: unknown; message: unknown } = error;
  const stack = String(thrown.stack);
  const message = String(thrown.message);
  const begin = Math.max(0, stack.indexOf(message)) + message.length;
  return stack.slice(begin, begin + maxStackLength).match(/^ {4}at .*$/gm) ?? [];
}

/** The errors from which this one came, itself first; 8 at most. */
export function chainOf(error: Error): readonly Error[] {
  const chain: Error[] = [];
  for (let next: unknown = error; next instanceof Error && chain.length < maxCauses; next = next.cause) {
    chain.push(next);
  }
  return chain;
}

/** The failure of an upstream that an error is, or comes from. */
export function upstreamErrorIn(error: Error): UpstreamError | undefined {
  return chainOf(error).find((link) => link instanceof UpstreamError);
}

/** What differs between two errors of one kind, in the order in which it is replaced by `#`. Each takes linear time. */
const varying: readonly RegExp[] = [
  // Quoted, but not what stands between two apostrophes.
  /"[^"]*"|`[^`]*`|“[^“”]*”|(?<![\p{L}\p{N}])(?:'[^']*'|‘[^‘’]*’)(?![\p{L}\p{N}])/gu,
  // An IPv6 address: groups of hexadecimal digits, some of them empty.
  /\[?(?<![\w:])(?:[0-9a-f]{0,4}:){2,8}[0-9a-f]{0,4}(?![\w:])\]?/gi,
  // A word with a digit in it: a number, an ID, a UUID, a part of an address or of a date; and digits without a digit.
  /(?<![\w-])[\w-]*\d[\w-]*|\b[0-9a-f]{8,}\b/gi,
  // What several of them make up: an address with its port, a time, a decimal, a list.
  /#(?:[.:,/+\]]+ ?#)+/g,
  // A date with the names of a day and a month, as HTTP and JavaScript write it.
  /(?<!\w)(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(?:# )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:,? #)+/gi,
];

/** A message without numbers, IDs, addresses, quoted text and dates, which differ from one error to the next. */
export function normalise(message: string): string {
  return varying.reduce((text, pattern) => text.replace(pattern, '#'), message);
}
