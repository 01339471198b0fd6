import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { writeManifests } from '../../infra/render/folder.ts';
import { fileName, type Manifest } from '../../infra/render/manifest.ts';
import { renderStack } from '../../infra/render/render.ts';
import { root, run } from '../processes.ts';
import { lintExceptions } from './lint-exceptions.ts';

/** What a tool has against an object. */
interface Finding {
  readonly check: string;
  /** `Deployment/api` */
  readonly object: string;
  readonly says: string;
}

const folder = mkdtempSync(join(tmpdir(), 'ballast-lint-'));
let manifests: Manifest[];

beforeAll(async () => {
  manifests = await renderStack(root, 'prod');
  writeManifests(folder, manifests);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const workloadKinds = ['Deployment', 'StatefulSet', 'CronJob'];

/** `Deployment/api`, as they are in the render. */
const workloads = () =>
  manifests.filter(({ kind }) => workloadKinds.includes(kind)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);

const excepted = ({ check, object }: Finding, { check: its, objects }: (typeof lintExceptions)[number]) =>
  check === its && objects.some((each) => each === object || each === object.replace(/\/.*/, '/*'));

const notExcepted = (findings: readonly Finding[]) =>
  findings.filter((finding) => !lintExceptions.some((exception) => excepted(finding, exception)));

/** Exceptions by object that no finding needs, among those of the checks that `isOfTool` tells. */
const notNeeded = (findings: readonly Finding[], isOfTool: (check: string) => boolean) =>
  lintExceptions
    .filter(({ check }) => isOfTool(check))
    .flatMap(({ check, objects, reason }) => objects.map((object) => ({ check, objects: [object], reason })))
    .filter((exception) => !findings.some((finding) => excepted(finding, exception)))
    .map(({ check, objects: [object] }) => `${check} of ${object ?? ''}`);

const isCheckov = (check: string) => check.startsWith('CKV');

describe('kube-score', () => {
  /** From which grade on a finding is none: 10 is well, 7 almost, 5 a warning, 1 critical. */
  const almostWell = 7;
  let scored: ScoredObject[];
  let findings: Finding[];

  beforeAll(async () => {
    const { stdout, stderr } = await run(inject('kubeScore'), [
      'score',
      '--kubernetes-version=v1.35',
      '--enable-optional-test=container-ports-check',
      '--enable-optional-test=container-seccomp-profile',
      '--output-format=json',
      ...manifests.map((manifest) => join(folder, fileName(manifest))),
    ]);
    expect(stderr).toBe('');
    scored = JSON.parse(stdout) as ScoredObject[];
    findings = scored.flatMap(({ type_meta: { kind }, object_meta: { name }, checks }) =>
      checks
        .filter(({ skipped, grade }) => !skipped && grade < almostWell)
        .map(({ check, comments }) => ({
          check: check.id,
          object: `${kind}/${name}`,
          says: (comments ?? []).map(({ path, summary }) => [path, summary].filter(Boolean).join(': ')).join('; '),
        })),
    );
  });

  test('finds no fault with the prod stack beside the exceptions', () => {
    expect(notExcepted(findings)).toEqual([]);
  });

  test('needs each of its exceptions', () => {
    expect(notNeeded(findings, (check) => !isCheckov(check))).toEqual([]);
  });

  test('has looked at every workload', () => {
    const names = scored.map(({ type_meta: { kind }, object_meta: { name } }) => `${kind}/${name}`);
    expect(names).toEqual(expect.arrayContaining(workloads()));
  });
});

describe('Checkov', () => {
  let report: CheckovReport;
  let findings: Finding[];

  beforeAll(async () => {
    const options = ['--framework=kubernetes', '--skip-download', '--quiet', '--compact', '--output=json'];
    const { stdout, stderr } = await run(inject('checkov'), ['--directory', folder, ...options]);
    expect({ stdout: stdout.slice(0, 1), stderr }).toEqual({ stdout: '{', stderr: '' });
    report = JSON.parse(stdout) as CheckovReport;
    findings = report.results.failed_checks.map(({ check_id, check_name, resource }) => {
      const [kind = '', , name = ''] = resource.split('.');
      return { check: check_id, object: `${kind}/${name}`, says: check_name };
    });
  });

  test('finds no fault with the prod stack beside the exceptions', () => {
    expect(notExcepted(findings)).toEqual([]);
  });

  test('needs each of its exceptions', () => {
    expect(notNeeded(findings, isCheckov)).toEqual([]);
  });

  test('has looked at every manifest', () => {
    expect(report.summary.parsing_errors).toBe(0);
    expect(report.summary.resource_count).toBeGreaterThanOrEqual(manifests.length);
  });
});

describe('the exceptions', () => {
  test('have a reason each, as a sentence', () => {
    for (const { reason } of lintExceptions) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('name no check twice for an object', () => {
    const all = lintExceptions.flatMap(({ check, objects }) => objects.map((object) => `${check} of ${object}`));
    expect(all).toEqual([...new Set(all)]);
  });
});

/** What is used of kube-score's report. */
interface ScoredObject {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/** What is used of Checkov's report. */
interface CheckovReport {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      /** `Deployment.ballast-prod.api` */
      readonly resource: string;
    }[];
  };
  readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
}
