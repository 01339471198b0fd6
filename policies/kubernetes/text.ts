/** A value where a text belongs: a number or a switch without quotes as the text that it is, and nothing for what is no text at all. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}
