import { exceptionPrefix, exceptionsOf } from '../exceptions.ts';
import type { ProgramRule, Rule } from '../rule.ts';

/**
 * The rule about how exceptions are written.
 *
 * @param rules Those that objects can be excepted from.
 */
export const exceptionReason = (rules: readonly Rule[]): ProgramRule => ({
  name: 'exception-reason',
  demand: 'Every exception names a rule that there is, and has a reason.',
  reason: 'What is excepted without a reason is never looked at again, and a wrong name excepts nothing.',
  standard: {
    name: 'NIST SP 800-53, CM-6: configuration settings',
    url: 'https://csf.tools/reference/nist-sp-800-53/r5/cm/cm-6/',
  },
  fix: `Write \`${exceptionPrefix}<rule>: "why it must be so"\`, or remove the annotation.`,
  level: 'mandatory',
  severity: 'medium',
  exceptable: false,
  checkProgram({ objects }) {
    const names = new Set(rules.map(({ name }) => name));
    return objects.flatMap((at) =>
      [...exceptionsOf(at.object)].flatMap(([name, reason]) => {
        const annotation = `the annotation ${exceptionPrefix}${name}`;
        if (!names.has(name)) return [{ at, message: `${annotation} names no rule that has exceptions` }];
        return reason === '' ? [{ at, message: `${annotation} gives no reason` }] : [];
      }),
    );
  },
});
