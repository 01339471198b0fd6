import { describe, expect, it } from 'vitest';
import type { Log } from 'sarif';
import { rules } from '../../policies/rules.ts';
import type { Result, Results } from './results.ts';
import { sarifLog } from './sarif.ts';

const violation: Result = {
  rule: 'image-tag',
  level: 'mandatory',
  severity: 'high',
  object: 'Deployment shop/web',
  source: 'urn:pulumi:prod::shop::kubernetes:apps/v1:Deployment::web',
  message: 'container "web" runs the image web, which has no tag',
  fix: 'Name the version.',
};

const logOf = (changes: Partial<Results>): Log =>
  sarifLog(
    { stack: 'prod', passed: false, rules: 1, objects: 1, violations: [], exceptions: [], ...changes },
    rules,
    '1.2.3',
  );

const resultsOf = (changes: Partial<Results>) => logOf(changes).runs[0]?.results ?? [];
const fingerprintsOf = (changes: Partial<Results>) =>
  resultsOf(changes).map(({ partialFingerprints }) => partialFingerprints?.['primaryLocationLineHash']);

describe('results as SARIF', () => {
  it('has what version 2.1.0 requires, and one analysis for each stack', () => {
    expect(logOf({})).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Ballast policies', semanticVersion: '1.2.3' } },
          automationDetails: { id: 'policies/prod/' },
          results: [],
        },
      ],
    });
  });

  it('describes each rule with what code scanning shows of it', () => {
    const described = logOf({}).runs[0]?.tool.driver.rules ?? [];
    expect(described.map(({ id }) => id)).toEqual(rules.map(({ name }) => name));
    for (const {
      id,
      shortDescription,
      fullDescription,
      help,
      helpUri,
      defaultConfiguration,
      properties,
    } of described) {
      const texts = [shortDescription?.text, fullDescription?.text, help?.text, help?.markdown];
      expect(
        texts.every((text) => text !== undefined && text.length > 10 && text.length <= 1024),
        id,
      ).toBe(true);
      expect(helpUri, id).toMatch(/^https:\/\//);
      expect(defaultConfiguration?.level, id).toMatch(/^(error|warning)$/);
      expect(properties?.tags, id).toContain('security');
      expect(Number(properties?.['security-severity']), id).toBeGreaterThan(0);
    }
  });

  it('says where a violation is: a file of the repository, and the object in it', () => {
    expect(resultsOf({ violations: [violation] })).toEqual([
      {
        ruleId: 'image-tag',
        ruleIndex: rules.findIndex(({ name }) => name === 'image-tag'),
        level: 'error',
        message: { text: 'Deployment shop/web: container "web" runs the image web, which has no tag.' },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'Pulumi.prod.yaml' }, region: { startLine: 1 } },
            logicalLocations: [{ name: violation.object, fullyQualifiedName: violation.source, kind: 'resource' }],
          },
        ],
        partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/^[0-9a-f]{16}:1$/) as string },
      },
    ]);
  });

  it('warns of an advisory violation, and leaves out what is excepted', () => {
    const advisory = { ...violation, level: 'advisory' } as const;
    const reported = resultsOf({
      violations: [advisory],
      exceptions: [{ ...violation, object: 'Deployment shop/job', reason: 'It is built here.' }],
    });
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatchObject({ level: 'warning' });
  });

  it('knows a violation again by its rule and object, whatever its message says, and each of several', () => {
    const [before, after] = [[violation], [{ ...violation, message: 'other words', source: 'web.yaml' }]];
    expect(fingerprintsOf({ violations: before })).toEqual(fingerprintsOf({ violations: after }));
    const several = fingerprintsOf({
      violations: [violation, violation, { ...violation, object: 'Deployment shop/a' }],
    });
    expect(new Set(several).size).toBe(3);
    expect(fingerprintsOf({ violations: before, stack: 'dev' })).not.toEqual(fingerprintsOf({ violations: before }));
  });
});
