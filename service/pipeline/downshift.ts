import type { Mode } from '../contract/metrics.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Question } from './step.ts';

/**
 * Puts a question into the mode that it can be answered in now: the one asked for, or the first of those it falls back
 * to whose model is not away. Questions that end up in one mode share cache and work. When the model is back, so is the
 * mode; the log says when either happens.
 */
export function downshift(
  catalogue: Pick<ModelCatalogue, 'modeNow'>,
  metrics: Pick<Metrics, 'llm_mode_downshift_total'>,
  log: Logger,
): (question: Question) => Question {
  const last = new Map<string, Mode>();
  return (question) => {
    const { mode: from, variant } = question;
    const to = catalogue.modeNow(question);
    if (question.model === undefined && (last.get(`${variant}/${from}`) ?? from) !== to) {
      last.set(`${variant}/${from}`, to);
      if (to === from) log.info({ mode: from, variant }, `mode ${from} is answered by its own model again`);
      else log.warn({ from, to, variant }, `downshift: mode ${from} is answered as ${to}`);
    }
    if (to === from) return question;
    metrics.llm_mode_downshift_total.labels({ from, to }).inc();
    return { ...question, mode: to };
  };
}
