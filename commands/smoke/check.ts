import type { Route } from '../../service/contract/http.ts';
import { detailOf, UnansweredError, type Canary, type CanaryAnswer, type Sent } from '../promote/canary.ts';

/** The document that a smoke test stores, asks about and deletes. */
export interface Specimen {
  /** Its ID, which no other document has. */
  readonly id: string;
  readonly text: string;
  /** What its text answers. */
  readonly question: string;
}

/** One endpoint of the API, asked once. */
export interface SmokeCheck {
  readonly route: Route;
  /** Which of the route's paths is asked. */
  readonly path: string;
  /** Follows the path in the report. */
  readonly query?: string;
  /**
   * Asks.
   *
   * @returns What was seen, in short.
   * @throws {UnansweredError} when the answer is not as it should be.
   */
  readonly run: (ask: Ask, specimen: Specimen) => Promise<string>;
}

/** Asks the endpoint of a check. @throws {UnansweredError} when it answers with no success (2xx). */
export type Ask = (query?: string, sent?: Sent) => Promise<CanaryAnswer>;

/** A part of the service may be closed to the token, without anything being wrong. */
export class NotAllowedError extends Error {
  override readonly name = 'NotAllowedError';
}

/** How a check asks a service. @throws {NotAllowedError} what a token without the scope admin may not see. */
export function askOf(service: Canary, { route, path }: Pick<SmokeCheck, 'route' | 'path'>): Ask {
  return async (query = '', sent = {}) => {
    const answer = await service.ask(route, query, { path, ...sent });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 403 && route.access === 'admin') throw new NotAllowedError(detailOf(answer).slice(2));
    throw new UnansweredError(`answered ${answer.status}${detailOf(answer)}`);
  };
}

/** @throws {UnansweredError} with the sentence, when the condition does not hold. */
export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new UnansweredError(otherwise);
}
