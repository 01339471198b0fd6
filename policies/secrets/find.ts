import { assignmentsIn } from './assignment.ts';
import { credentialsIn } from './credential.ts';
import { isLiteral, type Holder } from './literal.ts';
import { secretTerm } from './name.ts';

/**
 * What is secret in a value that somebody wrote under a name, for messages: `a literal value`, `a text with a private key`.
 * Nothing of the value itself is in them, but names in it.
 *
 * @param allowed Names that only look as if their values were secret.
 */
export function secretsIn(name: string, value: string, allowed: readonly string[], holder: Holder = 'text'): string[] {
  if (allowed.includes(name)) return [];
  if (isSecret(name, value, holder)) return ['a literal value'];
  const given = assignmentsIn(value, name).filter(
    // Several words are said to a reader: the label of a field, a description.
    ([key, text]) => !allowed.includes(key) && !/\s/.test(text.trim()) && isSecret(key, text, holder),
  );
  return [
    ...credentialsIn(value, holder).map((title) => `a text with ${title}`),
    ...[...new Set(given.map(([key]) => key))].map((key) => `a text with a literal value of ${key}`),
  ];
}

/** A count of tokens, or a time: `512`, `30d`. */
const count = /^[\d.,_]+[a-z%]{0,3}$/i;

/** Whether a name calls its value secret, and the value is one: not a whole text, not a count of tokens, not a switch. */
function isSecret(name: string, value: string, holder: Holder): boolean {
  const term = secretTerm(name);
  const text = value.trim();
  if (term === undefined || text.includes('\n') || !isLiteral(text, holder)) return false;
  if (term === 'switch') return !/^[01]$/.test(text);
  return term !== 'token' || !count.test(text);
}
