import { priorities, type Priority } from '../contract/metrics.ts';
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
  /** Whose priority a refusal was by. */
  const refusedBy = new WeakMap<ShedError, Priority>();
  const lead = (context: RequestContext, flight: Flight) =>
    work(workContext(context, flight)).catch((error: unknown) => {
      if (error instanceof ShedError) refusedBy.set(error, context.priority);
      throw error;
    });

  return async (context) => {
    for (;;) {
      const role = { led: false };
      try {
        const join = () =>
          flights.join(context.key, context, (flight) => {
            role.led = true;
            return lead(context, flight);
          });
        const ahead = flights.leader(context.key);
        // What is done is in the trace of whom it is done for.
        const { value, leader } = await (ahead
          ? context.trace.run('join', join, { links: ahead.trace.links() })
          : join());
        return leader ? value : { ...value, tokens: { input: 0, output: 0 }, cost_usd: 0 };
      } catch (error) {
        const leaders = error instanceof ShedError ? refusedBy.get(error) : undefined;
        if (leaders === undefined || role.led) throw error;
        // Who followed a refused leader is refused with it, unless it comes first by a higher priority of its own.
        if (priorities.indexOf(context.priority) >= priorities.indexOf(leaders)) {
          throw new ShedError('followers', (error as ShedError).retryAfterSeconds);
        }
      }
    }
  };
}

function workContext({ question, trace, key, priority, renewal = false }: RequestContext, flight: Flight): WorkContext {
  return {
    question,
    trace,
    key,
    renewal,
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
