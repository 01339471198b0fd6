import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from './config.ts';

const serviceFolder = join(import.meta.dirname, '..');

/** What parses variables holds the rules between them, and ENVIRONMENT is for these rules only. */
const rules = 'contract/parse-config.ts';

/** The service's code outside the contract and tests, comments aside. */
const code = [rules, ...globSync('**/*.ts', { cwd: serviceFolder, exclude: ['node_modules/**', 'contract/**'] })]
  .filter((path) => !path.endsWith('.test.ts') && path !== 'testing.ts')
  .map((path) => readFileSync(join(serviceFolder, path), 'utf8'))
  .join('\n')
  .replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');

/** `config.NAME`, `{ NAME }` taken apart, or `'NAME'` picked by name; not a mention in a sentence. */
const reads = (name: string) => new RegExp(`\\.${name}\\b|\\{[^{}'"]*\\b${name}\\b[^{}'"]*\\} =|'${name}'`).test(code);

describe('each variable', () => {
  it.each(variables())('$name has an effect, so the service reads it', ({ name }) => {
    expect(reads(name)).toBe(true);
  });

  it.each(variables())('$name is documented', ({ name, meta }) => {
    expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(meta.group).not.toBe('');
    expect(meta.allowed).not.toBe('');
    expect(meta.description).toMatch(/^[A-Z].*\.$/);
  });

  it('that can hold a credential is a secret', () => {
    const secrets = variables().filter(({ meta }) => meta.secret);
    expect(secrets.map(({ name }) => name).sort()).toEqual([
      'JWT_SECRET',
      'JWT_SECRET_PREVIOUS',
      'LLM_API_KEY',
      'OPENAI_API_KEY',
      'OTEL_EXPORTER_OTLP_HEADERS',
      'QDRANT_API_KEY',
      'REDIS_URL',
      'SENTRY_DSN',
    ]);
  });
});
