import { boundLimits } from './objectives.ts';
import { percentiles } from './panel-graph.ts';
import type { Panel } from './panel.ts';

/** The wait for the first token of streamed answers, with the line of its objective. */
export const firstToken = (): Panel =>
  percentiles({
    title: 'First token',
    description:
      'Time from the arrival of a question to the first token of its answer. The objective wants p95 below the line.',
    unit: 's',
    histogram: 'rag_time_to_first_token_seconds',
    limits: boundLimits('first-token'),
  });
