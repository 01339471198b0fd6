import type { AnswerCache } from '../cache/answer-cache.ts';
import type { SemanticCache } from '../cache/semantic-cache.ts';
import type { Config } from '../contract/config.ts';
import type { TenantBudget } from '../limits/tenant-budget.ts';
import type { Admission } from '../resilience/admission.ts';
import { milliseconds } from '../milliseconds.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Lifecycle } from '../resilience/lifecycle.ts';
import { SingleFlight } from '../resilience/single-flight.ts';
import type { Incidents } from '../telemetry/incidents.ts';
import { endWith, Trace } from '../telemetry/trace.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { DocumentStore } from '../upstreams/document-store.ts';
import { costOf } from '../upstreams/language-model.ts';
import type { GuardRails } from '../variants/guard-rails.ts';
import { admitStep } from './admit-step.ts';
import { budgetStep } from './budget-step.ts';
import { cacheStep, storeStep } from './cache-step.ts';
import { countStep } from './count-step.ts';
import { downshift } from './downshift.ts';
import { fallbackStep } from './fallback-step.ts';
import { flightStep } from './flight-step.ts';
import { generateStep, type GenerateStepParts } from './generate-step.ts';
import { judgeStep } from './judge-step.ts';
import { keyStep } from './key-step.ts';
import { renewalFailed } from './renewal-failure.ts';
import { retrieveStep, type RetrieveStepParts } from './retrieve-step.ts';
import { semanticStep } from './semantic-step.ts';
import { compose, type Answer, type Question, type RequestContext, type WorkContext } from './step.ts';

/** What the pipeline works with. */
export interface PipelineParts extends GenerateStepParts, Omit<RetrieveStepParts, 'metrics' | 'log'> {
  /** Absent when caching is off. */
  readonly cache: AnswerCache<Answer> | undefined;
  /** Absent unless answers to nearly the same question are shared. */
  readonly semanticCache: SemanticCache<Answer> | undefined;
  readonly store: DocumentStore;
  readonly budget: TenantBudget;
  readonly admission: Admission;
  readonly guardRails: GuardRails;
  /** Ends what runs in the background when the service stops. */
  readonly lifecycle: Pick<Lifecycle, 'run'>;
  readonly tracing: Pick<Tracing, 'tracer'>;
  readonly incidents: Pick<Incidents, 'record'>;
  readonly config: GenerateStepParts['config'] & Pick<Config, 'REQUEST_TIMEOUT_SECS'>;
}

/** Answers one request. */
export type Ask = (request: Omit<RequestContext, 'key'>) => Promise<Answer>;

/**
 * The way of one question. Outside, each request for itself: count, key, cache, join. Inside, once for all who join:
 * store, budget, admit, retrieve, generate. The rate limit comes before, where the client is known.
 */
export function createPipeline(parts: PipelineParts): Ask {
  const { cache, semanticCache, store, budget, admission, guardRails, catalogue, metrics } = parts;
  const variants = Object.keys(parts.variants);
  const flights = new SingleFlight<Answer>();
  const mostOf = (question: Question) =>
    Math.max(
      ...catalogue
        .candidates(question)
        .map(({ gate: { model } }) =>
          costOf(model, { inputTokens: model.contextTokens, outputTokens: model.maxOutputTokens }),
        ),
    );

  const work = compose<WorkContext>([
    ...(cache ? [storeStep(cache, store)] : []),
    ...(semanticCache ? [semanticStep(semanticCache, store)] : []),
    budgetStep(budget, mostOf),
    admitStep(admission),
    judgeStep(guardRails),
    retrieveStep(parts),
    generateStep(parts),
  ]);
  const join = flightStep(flights, work);

  const renew = (context: RequestContext) => {
    if (flights.leader(context.key) || !admission.hasRoom) return;
    const deadline = new Deadline(milliseconds(parts.config.REQUEST_TIMEOUT_SECS));
    // It costs money and a place, so it is to be found; but the request that it began with is over before.
    const links = context.trace.links();
    const trace = Trace.begin(parts.tracing.tracer, 'renewal', { links }, {}, context.trace.requestId);
    const background: RequestContext = {
      question: context.question,
      trace,
      key: context.key,
      priority: 'low',
      signal: deadline.signal,
      expiresAt: () => deadline.expiresAt,
      shortened: false,
      renewal: true,
    };
    const work = () => join(background, () => Promise.reject(new Error('a flight has no next step')));
    endWith(trace.span, () => parts.lifecycle.run(deadline, work)).catch((err: unknown) =>
      renewalFailed(err, background, parts),
    );
  };
  const answerable = ({ question }: RequestContext) => catalogue.answerable(question);

  const ask = compose<RequestContext>([
    countStep(metrics, variants),
    fallbackStep(),
    keyStep(store),
    ...(cache ? [cacheStep({ cache, metrics, answerable, renew })] : []),
    join,
  ]);
  const shift = downshift(catalogue, metrics, parts.log);
  return (request) => ask({ ...request, question: shift(request.question), key: '' });
}
