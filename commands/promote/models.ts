import type { Guard } from './guard.ts';

/** Every model answers, and there is one. */
export const models: Guard = {
  name: 'models',
  check: async (canary) => {
    const all = Object.values((await canary.models()).models);
    const reasons = all
      .filter(({ status }) => status !== 'healthy')
      .map(({ model, reason }) => `${model} is unhealthy: ${reason ?? 'no reason given'}`);
    if (all.length === 0) reasons.push('there is no model');
    const evidence = all.map(({ model, status, age_seconds: age }) =>
      age === null ? `${model} ${status}` : `${model} ${status} ${Math.round(age)} s ago`,
    );
    return { evidence: evidence.join(', '), reasons };
  },
};
