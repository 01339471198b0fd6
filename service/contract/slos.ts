import { atMost, counted, share, type Slo } from './slo.ts';

/** Window of every objective: 30 days, so that months compare, and weekends weigh the same in each. */
const windowDays = 30;

/**
 * What the service promises, by name. The rules that record how much of it holds, the alerts on how fast its error budget
 * burns, and the thresholds on dashboards are made from this.
 */
export const slos = {
  availability: {
    title: 'Availability',
    description:
      'Of the questions, 99.9 % are answered: neither failed nor, unless of low priority, refused because of overload.',
    target: 0.999,
    windowDays,
    indicator: share('rag_queries_total', {
      good: { status: ['success', 'cached', 'degraded'] },
      total: {},
      apart: [
        // Low priority says that it may be refused under load, as a batch at night is.
        counted('rag_requests_shed_total', { priority: ['low'] }),
        // The fallback has an objective of its own, with ten times this budget.
        counted('llm_json_requests_total', { outcome: ['fallback'] }),
      ],
    }),
  },
  latency: {
    title: 'Latency',
    description: 'Of the questions, 95 % are answered within 2 seconds.',
    target: 0.95,
    windowDays,
    indicator: atMost('rag_query_duration_seconds', 2),
  },
  'first-token': {
    title: 'First token',
    description: 'Of the streamed answers, 95 % begin within 1 second.',
    target: 0.95,
    windowDays,
    indicator: atMost('rag_time_to_first_token_seconds', 1),
  },
  retrieval: {
    title: 'Retrieval',
    description: 'Of the searches for passages, 99 % end within 200 milliseconds.',
    target: 0.99,
    windowDays,
    indicator: atMost('rag_retrieval_duration_seconds', 0.2),
  },
  'valid-json': {
    title: 'Valid JSON',
    description: 'Of the answers to questions with a schema, 99 % are valid by it, not the fallback.',
    target: 0.99,
    windowDays,
    // A question that failed got neither: it counts against availability.
    indicator: share('llm_json_requests_total', {
      good: { outcome: ['valid'] },
      total: { outcome: ['valid', 'fallback'] },
    }),
  },
  cost: {
    title: 'Cost',
    description: 'Of the answered questions, 95 % cost at most 5 cents.',
    target: 0.95,
    windowDays,
    indicator: atMost('rag_query_cost_usd', 0.05),
  },
} as const satisfies Record<string, Slo>;

/** Name of an objective. */
export type SloName = keyof typeof slos;
