import { routes } from '../../service/contract/http.ts';
import type { Guard } from './guard.ts';

const stateNames: Readonly<Record<string, string>> = { 0: 'closed', 1: 'open', 2: 'half open' };

/** Failing upstreams would be left alone, and none is now: every breaker is closed, and each model has one. */
export const breakers: Guard = {
  name: 'circuit breakers',
  check: async (canary) => {
    const config = await canary.config();
    const states = statesIn((await canary.answer(routes.metrics)).text);
    const reasons: string[] = [];
    if (config['CIRCUIT_BREAKER_ENABLED'] !== true) reasons.push('CIRCUIT_BREAKER_ENABLED is not true');
    for (const model of Object.keys((await canary.models()).models)) {
      if (!states.has(model)) reasons.push(`model ${model} has no series circuit_breaker_state`);
    }
    for (const [name, state] of states) if (state !== 'closed') reasons.push(`${name} is ${state}`);
    if (states.size === 0) reasons.push('/metrics has no series circuit_breaker_state');
    const evidence = [...states].map(([name, state]) => `${name} ${state}`).join(', ');
    return { evidence: `CIRCUIT_BREAKER_ENABLED=${String(config['CIRCUIT_BREAKER_ENABLED'])}; ${evidence}`, reasons };
  },
};

/** State of each breaker in the metrics' text, by name. */
function statesIn(metrics: string): ReadonlyMap<string, string> {
  const series = metrics.matchAll(/^circuit_breaker_state\{model="([^"]*)"\} (\S+)/gm);
  return new Map([...series].map(([, name = '', value = '']) => [name, stateNames[value] ?? `in state ${value}`]));
}
