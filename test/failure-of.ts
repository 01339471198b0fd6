import { Failure } from '../commands/failure.ts';

/** The sentence with which work fails. @throws when it does not fail, or with another error than a {@link Failure}. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof Failure) return error.message;
  throw new Error(`there is no failure: ${String(error)}`);
}
