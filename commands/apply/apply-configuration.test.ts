import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { applyConfiguration } from './apply-configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-configuration-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The configuration of a stack with these lines in its file. */
function configuration(lines: string, { environment = {}, kept = {} } = {}) {
  writeFileSync(join(folder, 'Pulumi.some.yaml'), `config:\n${lines}`);
  return applyConfiguration(folder, 'some', { environment, kept });
}

describe('the credentials of a stack that is applied', () => {
  const file = '  ballast:credentials: { one: of the file, two: of the file }\n';

  test('are those of the environment, then of the file, then those that were kept', () => {
    const environment = { one: 'of the environment' };
    const kept = { one: 'kept', two: 'kept', three: 'kept' };
    expect(configuration(file, { environment, kept }).credentials).toEqual({
      one: 'of the environment',
      two: 'of the file',
      three: 'kept',
    });
  });

  test('may be where the file has none', () => {
    expect(configuration('', { kept: { one: 'kept' } }).credentials).toEqual({ one: 'kept' });
  });

  test('may be encrypted in the file when they are had from elsewhere', () => {
    const encrypted = '  ballast:credentials: { one: { secure: AAA }, two: { secure: BBB } }\n';
    const sources = { environment: { one: 'given' }, kept: { two: 'kept' } };
    expect(configuration(encrypted, sources).credentials).toEqual({ one: 'given', two: 'kept' });
  });

  test('are refused under a name that no configuration has', () => {
    expect(() => configuration('', { environment: { 'not-one': 'x' } })).toThrow(/ballast:credentials\.not-one/);
  });
});

describe('encrypted values', () => {
  test('are refused with what to do about each', () => {
    const lines = ['  ballast:context: { secure: AAA }', '  ballast:credentials: { one: { secure: AAA }, two: x }\n'];
    const read = () => configuration(lines.join('\n'));
    expect(read).toThrow(Failure);
    expect(read).toThrow(
      'Pulumi.some.yaml has encrypted values, which only Pulumi can read:\n' +
        '  ballast:context: write it in plain text\n' +
        '  ballast:credentials.one: set the environment variable BALLAST_CREDENTIAL_one',
    );
  });

  test('are refused where all credentials are one', () => {
    const read = () => configuration('  ballast:credentials: { secure: AAA }\n', { environment: { one: 'given' } });
    expect(read).toThrow(/which only Pulumi can read:\n {2}ballast:credentials: write it in plain text$/);
  });
});
