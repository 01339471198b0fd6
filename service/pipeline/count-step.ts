import { priorities } from '../contract/metrics.ts';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { BudgetExceededError } from '../limits/tenant-budget.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { ShedError } from '../resilience/shed-error.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';
import { ClientGoneError } from './errors.ts';
import type { Answer, RequestContext, Step } from './step.ts';

const statuses = ['success', 'error', 'cached', 'degraded', 'shed'] as const;

type Status = (typeof statuses)[number];

/** Counts each question as a whole: once, by how it ended. Times those that were not refused, which is quick. */
export function countStep(metrics: Metrics, variants: readonly string[]): Step<RequestContext> {
  const ended = new Map(
    variants.map((variant) => [
      variant,
      Object.fromEntries(
        statuses.map((status) => [status, metrics.rag_queries_total.labels({ status, variant })]),
      ) as Record<Status, { inc(): void }>,
    ]),
  );
  const followersShed = Object.fromEntries(
    priorities.map((priority) => [priority, metrics.rag_requests_shed_total.labels({ priority, reason: 'followers' })]),
  );
  const active = metrics.rag_active_queries.labels({});
  const duration = metrics.rag_query_duration_seconds.labels({});
  const cost = metrics.rag_query_cost_usd.labels({});

  return async ({ question, priority, shortened, trace }, next) => {
    active.inc();
    const end = duration.startTimer();
    const count = (status: Status | undefined) => {
      if (status !== undefined) ended.get(question.variant)?.[status].inc();
    };
    try {
      const answer = await next();
      count(statusOf(answer));
      end(trace);
      cost.observe(answer.cost_usd);
      return answer;
    } catch (error) {
      // Admission counts its own.
      if (error instanceof ShedError && error.reason === 'followers') followersShed[priority]?.inc();
      count(statusOfError(error, shortened));
      if (!isShed(error) && !isRefused(error)) end(trace);
      throw error;
    } finally {
      active.dec();
    }
  };
}

function statusOf({ error, degradation, cached }: Answer): Status {
  if (error) return 'error';
  if (degradation !== 'full') return 'degraded';
  return cached ? 'cached' : 'success';
}

/** Because of overload. */
const isShed = (error: unknown) => error instanceof ShedError || error instanceof SchemaValidatorBusyError;

/** Because of what the client asked for, or has asked for before. */
const isRefused = (error: unknown) => error instanceof BudgetExceededError || error instanceof PromptTooLongError;

/**
 * What the client did itself, and what its tenant may not spend, are no questions of ours that failed. Nor are those that took
 * longer than a client allowed that asked for less than the configured time.
 */
function statusOfError(error: unknown, shortened: boolean): Status | undefined {
  if (isShed(error)) return 'shed';
  if (error instanceof DeadlineError && shortened) return undefined;
  return isRefused(error) || error instanceof ClientGoneError ? undefined : 'error';
}
