import type { DependencyName } from '../../service/contract/dependencies.ts';
import { slos, type SloName } from '../../service/contract/slos.ts';
import type { Inhibition, LabelMatches } from './routing.ts';
import { burnAlertName } from '../slo/alerts.ts';
import type { ScrapedTarget } from '../target.ts';

/** What of the alerts on the service itself follows from another, which tells of the cause and comes no later. */
export const serviceCauses: readonly Inhibition[] = [
  // The breakers of the models open one by one, every question with a schema gets its fallback, and these count as failed.
  inhibition('AllModelsUnhealthy', [
    'LLMModelUnhealthy',
    'CircuitBreakerOpen',
    'CircuitBreakerFlapping',
    'ServiceDegraded',
    'DegradedAnswersHigh',
    'HighJSONFallbackRate',
    'JSONAnswersFailing',
    'HighModelFailureRatio',
    'RetryBudgetExhausted',
    'ModeDownshift',
    'IncidentsRecorded',
    'HighErrorRatio',
    burnAlertName(slos.availability),
    burnAlertName(slos['valid-json']),
  ]),
  // What the service finds to be away is away for Prometheus too, which takes its time to say so.
  targetDown({ alertname: 'AllModelsUnhealthy' }, 'litellm'),
  ...dependencyDown('vector_db', 'qdrant'),
  ...dependencyDown('embeddings', 'tei'),
  inhibition('DependencyDown', ['DegradedAnswersHigh', 'SlowRetrieval']),
  // Without documents; to be without models has another cause.
  {
    source: { alertname: 'DependencyDown' },
    target: { alertname: 'ServiceDegraded', mode: 'cached' },
    equal: ['namespace'],
  },
  inhibition('RedisDown', ['OptionalDependencyDown']),
  // A model whose breaker is open counts as unhealthy, and the breaker is open first.
  inhibition('CircuitBreakerOpen', ['LLMModelUnhealthy', 'HighModelFailureRatio'], ['model']),
  // Of a model alone: the breaker of a dependency moves no question to another mode.
  inhibition('LLMModelUnhealthy', ['HighModelFailureRatio'], ['model']),
  inhibition('LLMModelUnhealthy', ['ModeDownshift', 'RetryBudgetExhausted']),
  inhibition('SlowModel', ['HighLatency']),
  inhibition(['QdrantSearchSlow', 'TeiSlow'], ['SlowRetrieval']),
  // What is shed of any priority but the lowest burns the budget too, and this page says why.
  inhibition('HighPriorityShed', ['QuestionsShed', 'AdmissionSaturated', burnAlertName(slos.availability)]),
  inhibition('QuestionsShed', ['AdmissionSaturated']),
  inhibition(['HighJSONFallbackRate', 'JSONAnswersFailing'], ['JSONParseFailuresHigh']),
  inhibition('QuestionsRefusedByBudget', ['BudgetNearlySpent']),
  inhibition('HighErrorRatio', ['IncidentsRecorded']),
  inhibition('TelemetryExportFailing', ['TelemetryDropped'], ['signal']),
  // Who is woken because an error budget burns fast looks at the same numbers.
  budgetBurns('availability', ['HighErrorRatio', 'QuestionsShed', 'IncidentsRecorded']),
  budgetBurns('latency', ['HighLatency']),
  budgetBurns('first-token', ['SlowFirstToken']),
  budgetBurns('retrieval', ['SlowRetrieval']),
];

function inhibition(
  source: string | readonly string[],
  target: readonly string[],
  equal: readonly string[] = [],
): Inhibition {
  return { source: { alertname: source }, target: { alertname: target }, equal: ['namespace', ...equal] };
}

function targetDown(source: LabelMatches, job: ScrapedTarget): Inhibition {
  return { source, target: { alertname: 'AllTargetsDown', job }, equal: ['namespace'] };
}

function dependencyDown(dependency: DependencyName, job: ScrapedTarget): Inhibition[] {
  const source = { alertname: 'DependencyDown', dependency };
  const target = { alertname: 'CircuitBreakerOpen', model: dependency };
  return [{ source, target, equal: ['namespace'] }, targetDown(source, job)];
}

function budgetBurns(slo: SloName, target: readonly string[]): Inhibition {
  const source = { alertname: burnAlertName(slos[slo]), severity: 'critical' };
  return { source, target: { alertname: target }, equal: ['namespace'] };
}
