import type { Guard } from './guard.ts';

/** Attempts below which a model has too few chances to correct itself. */
const fewestAttempts = 3;

/** Answers to a schema are validated, with attempts enough. */
export const jsonGuard: Guard = {
  name: 'json guard',
  check: async (canary) => {
    const config = await canary.config();
    const names = ['JSON_GUARD_ENABLED', 'JSON_GUARD_MAX_ATTEMPTS', 'JSON_GUARD_FALLBACK_ENABLED'];
    const attempts = Number(config['JSON_GUARD_MAX_ATTEMPTS']);
    const reasons: string[] = [];
    if (config['JSON_GUARD_ENABLED'] !== true) reasons.push('JSON_GUARD_ENABLED is not true');
    if (!(attempts >= fewestAttempts))
      reasons.push(`JSON_GUARD_MAX_ATTEMPTS is ${attempts}, at least ${fewestAttempts} are needed`);
    return { evidence: names.map((name) => `${name}=${String(config[name])}`).join(', '), reasons };
  },
};
