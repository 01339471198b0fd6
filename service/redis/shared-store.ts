import type { Redis } from 'ioredis';

/** Redis is not there, or did not answer in time. Whoever asked goes on without it. */
export class SharedStoreAwayError extends Error {
  override readonly name = 'SharedStoreAwayError';
}

/** Redis as an accelerator: quick or away, never waited for. */
export interface SharedStore {
  /**
   * Runs commands under a deadline of their own.
   *
   * @throws {SharedStoreAwayError} at once while Redis is known to be away, and after the deadline when it hangs.
   */
  run<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  /** Whether commands are tried now. */
  readonly available: boolean;
}
