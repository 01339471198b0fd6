import { createHmac, randomBytes } from 'node:crypto';

/** Of this process: tokens can neither be foretold nor be traced back. */
const key = randomBytes(32);
const start = `masked${randomBytes(8).toString('hex')}`;
const token = new RegExp(`${start}[0-9a-f]{16}`, 'g');

/** What stands in the place of a secret: equal for equal values. That of a token is the token. */
export function tokenFor(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.startsWith(start) && text.replace(token, '') === '') return text;
  return start + createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}

/** A text with tokens as people see it: `[secret]`, as Pulumi writes it. */
export const reveal = (text: string): string => text.replaceAll(token, '[secret]');

/** Whether anything was masked in a value. */
export const holdsSecretToken = (value: unknown): boolean => JSON.stringify(value ?? null).includes(start);
