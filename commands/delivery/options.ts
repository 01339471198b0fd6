import { Failure } from '../failure.ts';

/** The stack that `--stack` gives. @throws {Failure} when none is given. */
export function stackOption(given: string | undefined): string {
  if (given === undefined) throw new Failure('Name the stack: --stack S');
  return given;
}

/** The digest that `--digest` gives. @throws {Failure} when it is none. */
export function digestOption(given: string | undefined): string {
  if (given !== undefined && /^sha256:[0-9a-f]{64}$/.test(given)) return given;
  const what = given === undefined ? 'is missing' : `is ${JSON.stringify(given)}`;
  throw new Failure(`--digest ${what}: it must be sha256: and 64 hexadecimal digits, as the registry names the image`);
}

/** The whole number that an option gives; `undefined` without one. @throws {Failure} when it is not in the range. */
export function numberOption(name: string, given: string | undefined, least: number, most: number): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d{1,15}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw new Failure(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(given)}`);
}
