import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStackFile, stackNames } from './stack-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-stack-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (stack: string, text: string) => writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);

describe("a stack's file", () => {
  it('is given as the engine passes it: text as it is, all else as JSON', () => {
    put('dev', 'config:\n  ballast:namespace: rag\n  ballast:redis: { use: off, list: [1, a] }\n  other:flag: true\n');
    expect(readStackFile(folder, 'dev')).toEqual({
      'ballast:namespace': 'rag',
      'ballast:redis': '{"use":"off","list":[1,"a"]}',
      'other:flag': 'true',
    });
  });

  it('has a placeholder for each encrypted value, at any depth', () => {
    put(
      'prod',
      [
        'secretsprovider: passphrase',
        'encryptionsalt: v1:abc',
        'config:',
        '  ballast:context: { secure: AAAone== }',
        '  ballast:credentials:',
        '    openai: { secure: AAAtwo== }',
        '  ballast:api:',
        '    deep: [{ deeper: { secure: AAAthree== } }, plain]',
      ].join('\n'),
    );
    const config = readStackFile(folder, 'prod');
    expect(config).toEqual({
      'ballast:context': '[secret]',
      'ballast:credentials': '{"openai":"[secret]"}',
      'ballast:api': '{"deep":[{"deeper":"[secret]"},"plain"]}',
    });
    expect(JSON.stringify(config)).not.toContain('AAA');
  });

  it('takes a key of the name secure among others for what it is', () => {
    put('dev', 'config:\n  ballast:x: { secure: yes, other: 1 }\n');
    expect(readStackFile(folder, 'dev')).toEqual({ 'ballast:x': '{"secure":"yes","other":1}' });
  });

  it.each(['', 'config:\n', 'encryptionsalt: v1:abc\n', '# nothing\n'])('may have no configuration: %j', (text) => {
    put('dev', text);
    expect(readStackFile(folder, 'dev')).toEqual({});
  });

  it('is named among those there are when another is asked for', () => {
    put('dev', '');
    put('prod-eu', '');
    writeFileSync(join(folder, 'Pulumi.yaml'), 'name: ballast\n');
    expect(stackNames(folder).sort()).toEqual(['dev', 'prod-eu']);
    expect(() => readStackFile(folder, 'staging')).toThrow('There is no stack "staging": known are dev, prod-eu');
  });

  it('is never one outside the folder', () => {
    expect(() => readStackFile(folder, '../dev')).toThrow('There is no stack "../dev": known are none');
  });
});
