import type { SecretDescription } from '../secret.ts';

/** A piece of a template: text as it is, or the value of another key. */
export type TemplatePiece = { readonly text: string } | { readonly key: string };

/**
 * A secret's template in pieces.
 *
 * @throws when `$(key)` stands for a key that the secret does not have, or that is a template itself.
 */
export function templatePieces(secret: SecretDescription, template: string): TemplatePiece[] {
  const allowed = Object.entries(secret.keys).flatMap(([key, { from }]) => (from === 'template' ? [] : [key]));
  // Splitting by a group gives text and keys in turn.
  return template.split(/\$\(([^)]*)\)/).map((piece, index) => {
    if (index % 2 === 0) return { text: piece };
    if (allowed.includes(piece)) return { key: piece };
    throw new Error(
      `A template of the secret ${secret.name} names $(${piece}); it may name ${allowed.join(', ') || 'none'}`,
    );
  });
}
