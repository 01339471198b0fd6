import { Failure } from '../failure.ts';

/**
 * Options of the form `STACK=FILE` by their stack.
 *
 * @param option Its name, for the message.
 * @throws {Failure} when one has another form, or two are for one stack.
 */
export function filesByStack(option: string, values: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const value of values) {
    const [, stack = '', file = ''] = /^([A-Za-z0-9._-]+)=(.+)$/.exec(value) ?? [];
    if (stack === '') throw new Failure(`${option} ${JSON.stringify(value)} is not STACK=FILE, such as prod=prod.json`);
    if (files.has(stack)) throw new Failure(`${option} is given twice for the stack ${stack}`);
    files.set(stack, file);
  }
  return files;
}
