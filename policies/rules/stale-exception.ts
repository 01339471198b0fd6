import { exceptionPrefix } from '../exceptions.ts';
import type { ExceptionRule } from '../rule.ts';

export const staleException: ExceptionRule = {
  name: 'stale-exception',
  demand: 'Every exception is needed.',
  reason: 'What is excepted without need will not be noticed when it is broken later.',
  standard: {
    name: 'ESLint: unused directives, the same for rules about code',
    url: 'https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments',
  },
  fix: 'Remove the annotation.',
  level: 'advisory',
  severity: 'low',
  exceptable: false,
  checkExceptions: (unused) =>
    unused.map(({ at, rule }) => ({
      at,
      message: `the annotation ${exceptionPrefix}${rule} excuses nothing: the rule finds nothing here`,
    })),
};
