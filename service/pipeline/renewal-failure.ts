import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { DrainingError } from '../resilience/lifecycle.ts';
import { ShedError } from '../resilience/shed-error.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import type { Incidents } from '../telemetry/incidents.ts';
import type { Logger } from '../telemetry/logger.ts';
import { withoutInput } from '../telemetry/without-input.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';
import { UnavailableError } from './errors.ts';
import type { RequestContext } from './step.ts';

/** How a renewal may end while nothing is wrong with the service: the stored answer stays, and the next one tries. */
const expected = [
  BudgetExceededError,
  DeadlineError,
  DrainingError,
  PromptTooLongError,
  SchemaValidatorBusyError,
  ShedError,
  UnavailableError,
  UpstreamError,
];

/**
 * Logs at debug that a stale answer could not be renewed; what nobody expected becomes an incident instead, without the
 * question.
 *
 * @param context of the renewal.
 */
export function renewalFailed(
  thrown: unknown,
  { question, trace }: Pick<RequestContext, 'question' | 'trace'>,
  { incidents, log }: { incidents: Pick<Incidents, 'record'>; log: Logger },
): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const err = withoutInput(error, [question.text, question.schema]);
  if (expected.some((type) => error instanceof type)) {
    log.debug({ err }, 'a stale answer could not be renewed');
    return;
  }
  const place = { route: 'renewal', requestId: trace.requestId, span: trace.span.spanContext() };
  incidents.record(err, { kind: 'unexpected', ...place }, log);
}
