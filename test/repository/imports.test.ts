import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, run } from '../processes.ts';

const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.js']);
const files = listed.stdout.trim().split('\n');

/** Files that are neither a test nor made for tests. */
const code = files.filter((file) => !file.startsWith('test/') && !file.endsWith('.test.ts'));

/** What a file imports: paths from the root for our own, names for packages. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:(?:from|import)\s+|import\(\s*)'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

/** Files of code that import something they may not, with what they import. */
function violations(from: (file: string) => boolean, mayImport: (imported: string) => boolean): string[] {
  return code.filter(from).flatMap((file) =>
    importsOf(file)
      .filter((imported) => !mayImport(imported))
      .map((imported) => `${file}: ${imported}`),
  );
}

const below =
  (...folders: readonly string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`${folder}/`));
const ofPackage =
  (...names: readonly string[]) =>
  (imported: string) =>
    names.some((name) => imported === name || imported.startsWith(`${name}/`));
const folders = ['service', 'commands', 'tools', 'infra', 'policies', 'alerts', 'dashboards', 'test'];
/** Anything but our own files outside of these folders. */
const ownOnlyBelow =
  (...allowed: readonly string[]) =>
  (imported: string) =>
    !below(...folders)(imported) || below(...allowed)(imported);

describe('imports', () => {
  test('are found at all', () => {
    expect(importsOf('service/app.ts')).toContain('service/contract/http.ts');
    expect(importsOf('test/bench/program-libraries.ts')).toContain('@pulumi/kubernetes');
    expect(code.length).toBeGreaterThan(50);
    expect(folders.filter((folder) => !files.some(below(folder)))).toEqual([]);
  });

  test('of the contract are zod, Node and the contract', () => {
    const allowed = /^(zod|node:.*|service\/contract\/.*)$/;
    expect(violations(below('service/contract'), (imported) => allowed.test(imported))).toEqual([]);
  });

  test('of the service stay in the service, so that its image can hold it alone', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'service/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const isDependency = ofPackage(...Object.keys(dependencies));
    const isInImage = (file: string) => below('service')(file) && file !== 'service/testing.ts';
    expect(
      violations(
        isInImage,
        (imported) => below('service')(imported) || imported.startsWith('node:') || isDependency(imported),
      ),
    ).toEqual([]);
  });

  test('of the alerts are the contract, whoever deploys it', () => {
    expect(violations(below('alerts'), ownOnlyBelow('alerts', 'service/contract'))).toEqual([]);
  });

  test('of the dashboards are the contract and the alerts, whose series, thresholds and pages they show', () => {
    expect(violations(below('dashboards'), ownOnlyBelow('dashboards', 'alerts', 'service/contract'))).toEqual([]);
  });

  test('of the program are the contract, alerts and dashboards', () => {
    expect(violations(below('infra'), ownOnlyBelow('infra', 'alerts', 'dashboards', 'service/contract'))).toEqual([
      // What the policies find is what a comment masks: one list of names and formats.
      'infra/preview/mask-text.ts: policies/secrets/assignment.ts',
      'infra/preview/mask-text.ts: policies/secrets/credential.ts',
      'infra/preview/mask-text.ts: policies/secrets/literal.ts',
      'infra/preview/secret-names.ts: policies/secrets/name.ts',
      // The image of the API has the version of its package.
      'infra/stack/api/settings.ts: service/package.json',
    ]);
  });

  test('of the policies stay in the policies and their own packages, so that they judge any program', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'policies/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const isDependency = ofPackage(...Object.keys(dependencies));
    const isOwn = (imported: string) => below('policies')(imported) || imported.startsWith('node:');
    expect(violations(below('policies'), (imported) => isOwn(imported) || isDependency(imported))).toEqual([]);
  });

  test('of a part know no platform, and nothing of how the stack is rendered', () => {
    const isAbove = below('infra/kubernetes', 'infra/docker', 'infra/render');
    expect(violations(below('infra/stack'), (imported) => !isAbove(imported))).toEqual([]);
  });

  test.each([
    ['@pulumi/kubernetes', 'infra/kubernetes'],
    ['@pulumi/docker', 'infra/docker'],
  ])('of %s are in %s alone', (name, folder) => {
    const uses = code.filter((file) => importsOf(file).some(ofPackage(name)));
    expect(uses.filter((file) => !below(folder)(file))).toEqual([]);
    expect(uses).not.toEqual([]);
  });

  test('never reach into test/', () => {
    const anywhere = () => true;
    expect(violations(anywhere, (imported) => !below('test')(imported))).toEqual([]);
  });
});
