import { createHash } from 'node:crypto';
import type { Log, ReportingDescriptor, Result as SarifResult } from 'sarif';
import type { Rule } from '../../policies/rule.ts';
import type { Result, Results } from './results.ts';

/** GitHub sorts alerts by these: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning */
const securitySeverity = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' } as const;

/**
 * Results for code scanning, as SARIF 2.1.0. An object of a program has no line: each result is at the stack's file, with the
 * object as its logical location. Exceptions are left out: GitHub opens an alert for a suppressed result, too.
 * Source: https://github.com/github/codeql-action/issues/1230
 *
 * @param version Of the rules.
 */
export function sarifLog(results: Results, rules: readonly Rule[], version: string): Log {
  const { stack, violations } = results;
  const number = counter();
  const reported = violations.map((result) =>
    sarifResult(stack, result, rules, number(`${result.rule} ${result.object}`)),
  );
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Ballast policies', semanticVersion: version, rules: rules.map(descriptor) } },
        // Two stacks of one commit are two analyses: one does not close the alerts of the other.
        automationDetails: { id: `policies/${stack}/` },
        columnKind: 'utf16CodeUnits',
        results: reported,
      },
    ],
  };
}

function descriptor({ name, demand, reason, fix, standard, level, severity }: Rule): ReportingDescriptor {
  return {
    id: name,
    shortDescription: { text: demand },
    fullDescription: { text: `${demand} ${reason}` },
    help: {
      text: `${reason}\n${fix}\n${standard.name}: ${standard.url}`,
      markdown: `${reason}\n\n${fix}\n\n[${standard.name}](${standard.url})`,
    },
    helpUri: standard.url,
    defaultConfiguration: { level: level === 'mandatory' ? 'error' : 'warning', enabled: level !== 'disabled' },
    properties: { tags: ['security', 'kubernetes'], 'security-severity': securitySeverity[severity] },
  };
}

function sarifResult(stack: string, result: Result, rules: readonly Rule[], number: number): SarifResult {
  const { rule, level, object, source, message } = result;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ name }) => name === rule),
    level: level === 'mandatory' ? 'error' : 'warning',
    message: { text: `${object}: ${message}.` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: `Pulumi.${stack}.yaml` }, region: { startLine: 1 } },
        logicalLocations: [{ name: object, fullyQualifiedName: source, kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint(stack, rule, object, number) },
  };
}

/** The same for the same demand on the same object, whatever the message says. The key is the one that GitHub reads. */
const fingerprint = (stack: string, rule: string, object: string, number: number): string =>
  `${createHash('sha256').update([stack, rule, object].join('\n')).digest('hex').slice(0, 16)}:${number}`;

/** Numbers equal texts from 1. */
function counter(): (text: string) => number {
  const seen = new Map<string, number>();
  return (text) => {
    const number = (seen.get(text) ?? 0) + 1;
    seen.set(text, number);
    return number;
  };
}
