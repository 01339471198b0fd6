import type { Flight } from '../resilience/flight.ts';
import { ShedError } from '../resilience/shed-error.ts';
import type { SingleFlight } from '../resilience/single-flight.ts';
import type { Answer, RequestContext, Step, WorkContext } from './step.ts';

/**
 * Lets equal questions that come at one time share one piece of work. Its leader carries the cost; the others get the
 * same answer for nothing.
 *
 * @param work what the leader does.
 */
export function flightStep(
  flights: SingleFlight<Answer>,
  work: (context: WorkContext) => Promise<Answer>,
): Step<RequestContext> {
  const fly = (context: RequestContext, onLead: () => void) =>
    flights.join(context.key, context, (flight) => {
      onLead();
      return work(workContext(context, flight));
    });

  return async (context) => {
    for (;;) {
      let led = false;
      try {
        const { value, leader } = await fly(context, () => (led = true));
        return leader ? value : { ...value, tokens: { input: 0, output: 0 }, cost_usd: 0 };
      } catch (error) {
        // A leader of low priority was refused. Who followed it is not: it asks again, by a priority of its own.
        const refusedWithLeader = error instanceof ShedError && error.reason !== 'followers' && !led;
        if (!refusedWithLeader) throw error;
      }
    }
  };
}

function workContext({ question, key, priority }: RequestContext, flight: Flight): WorkContext {
  return {
    question,
    key,
    priority,
    signal: flight.signal,
    remainingMs: () => flight.expiresAt() - performance.now(),
    shortened: () => flight.shortened(),
    text: flight.text,
    passages: undefined,
    documentsAway: false,
    spent: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    reserveMore: () => Promise.resolve(),
    waits: [],
    overloaded: false,
  };
}
