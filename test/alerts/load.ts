import { onTestFinished } from 'vitest';
import type { RunningService } from '../running-service.ts';

/** Questions that are sent whether earlier ones have been answered or not. */
export interface Load {
  /** Answers so far, whatever their status. */
  readonly answered: number;
  readonly stop: () => void;
}

/**
 * Asks a service again and again, until it is stopped, or the test ends.
 *
 * @param bodyOf Body of a question by its number from 0.
 */
export function ask(service: RunningService, perSecond: number, bodyOf: (number: number) => object): Load {
  let number = 0;
  let answered = 0;
  const timer = setInterval(() => {
    service.post('/v1/predict', bodyOf(number++)).then(
      async (response) => {
        await response.arrayBuffer();
        answered += 1;
      },
      // The service has ended.
      () => undefined,
    );
  }, 1000 / perSecond);
  const stop = () => clearInterval(timer);
  onTestFinished(stop);
  return {
    get answered() {
      return answered;
    },
    stop,
  };
}
