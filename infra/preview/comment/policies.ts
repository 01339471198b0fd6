import { code } from '../escape.ts';
import { reveal } from '../secret-token.ts';
import type { PolicyResults, PolicyViolation } from '../policy-results.ts';
import { first, type Folding } from './folding.ts';

/** What the policies say of each stack, mandatory violations first; stacks that nobody judged are named. */
export function policiesSection(
  stacks: readonly string[],
  results: ReadonlyMap<string, PolicyResults>,
  { top, rows }: Folding,
): string[] {
  const judged = stacks.slice(0, top).flatMap((stack) => {
    const result = results.get(stack);
    if (result === undefined) return [`${code(stack)}: not judged.`, ''];
    const mandatory = result.violations.filter(({ level }) => level === 'mandatory').map(line);
    const advisory = result.violations.filter(({ level }) => level === 'advisory').map(line);
    const verdict = result.passed ? 'passed' : '**not passed**';
    return [
      `${code(stack)}: ${verdict}. Violations: ${mandatory.length} mandatory, ${advisory.length} advisory. ` +
        `Exceptions: ${result.exceptions.length}. Rules: ${result.rules}. Objects: ${result.objects}.`,
      '',
      ...(mandatory.length > 0 ? [...first(mandatory, top, 'mandatory violations'), ''] : []),
      ...(advisory.length > 0 && rows > 0
        ? [
            `<details><summary>${advisory.length} advisory</summary>`,
            '',
            ...first(advisory, rows, 'advisory'),
            '',
            '</details>',
            '',
          ]
        : []),
    ];
  });
  const more = stacks.length > top ? [`And ${stacks.length - top} more stacks.`, ''] : [];
  return ['### Policies', '', ...judged, ...more];
}

const line = ({ rule, object, message, fix }: PolicyViolation) =>
  `- ${[rule, object].map((text) => code(reveal(text))).join(' ')}: ${code(reveal(message))} Fix: ${code(reveal(fix))}`;
