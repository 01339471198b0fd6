import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, run } from '../processes.ts';

const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.js']);
const files = listed.stdout.trim().split('\n');

/** What a file imports: paths from the root for our own, names for packages. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

/** Files below a folder that import something they may not, with what they import. */
function violations(folder: string, mayImport: (imported: string) => boolean): string[] {
  return files
    .filter((file) => file.startsWith(`${folder}/`) && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      importsOf(file)
        .filter((imported) => !mayImport(imported))
        .map((imported) => `${file}: ${imported}`),
    );
}

describe('imports', () => {
  test('are found at all', () => {
    expect(importsOf('service/app.ts')).toContain('service/contract/http.ts');
    expect(files.length).toBeGreaterThan(50);
  });

  test('of the contract are zod, Node and the contract', () => {
    const allowed = /^(zod|node:.*|service\/contract\/.*)$/;
    expect(violations('service/contract', (imported) => allowed.test(imported))).toEqual([]);
  });

  test('of the service stay in the service, so that its image can hold it alone', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'service/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const isOwn = (imported: string) => imported.startsWith('service/') || imported.startsWith('node:');
    const isDependency = (imported: string) =>
      Object.keys(dependencies).some((name) => imported === name || imported.startsWith(`${name}/`));
    const inImage = violations('service', (imported) => isOwn(imported) || isDependency(imported));
    expect(inImage.filter((violation) => !violation.startsWith('service/testing.ts'))).toEqual([]);
  });

  test('never reach into test/', () => {
    const outside = ['service', 'commands', 'tools'].flatMap((folder) =>
      violations(folder, (imported) => !imported.startsWith('test/')),
    );
    expect(outside).toEqual([]);
  });
});
