import type { ErrorObject } from 'ajv/dist/2020.js';
import { shortened } from '../shortened.ts';

const maxErrors = 10;
const maxLength = 1_000;

/** What a validator found, for a model to read: at most 10 errors in at most 1,000 characters. */
export function errorsText(errors: readonly ErrorObject[]): string {
  const lines = errors.slice(0, maxErrors).map((error) => `${error.instancePath || 'the answer'} ${messageOf(error)}`);
  if (errors.length > maxErrors) lines.push(`and ${errors.length - maxErrors} more`);
  return shortened(lines.join('; '), maxLength);
}

/** What one error says, with the name or the values that the validator's own message leaves out. */
export function messageOf({ message = 'is not valid', params }: ErrorObject): string {
  const { additionalProperty, unevaluatedProperty, propertyName, allowedValues, allowedValue } = params as Record<
    string,
    unknown
  >;
  const detail = allowedValues ?? allowedValue ?? additionalProperty ?? unevaluatedProperty ?? propertyName;
  if (detail === undefined) return message;
  const json = JSON.stringify(detail);
  return `${message}: ${shortened(json, 200)}`;
}
