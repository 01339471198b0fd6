import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stackSchema } from '../../infra/config.ts';
import { setting } from '../../infra/settings.ts';
import { stackConfigurationPage } from './stack-configuration-page.ts';
import { stackSettings } from './stack-settings.ts';

const all = Object.entries(stackSchema.shape).flatMap(([key, schema]) => stackSettings(key, schema));

const number = (description: string) => setting(z.int().default(1), description, 2);

describe('the keys of a stack', () => {
  it('each have an example that is allowed', () => {
    const wrong = all.filter(({ schema, meta }) => !z.safeParse(schema, meta.example).success);
    expect(wrong.map(({ path, meta }) => `${path}: ${JSON.stringify(meta.example)}`)).toEqual([]);
    expect(all.length).toBeGreaterThan(250);
  });

  it('each have a path of their own and a sentence', () => {
    expect(all.filter(({ meta }) => !/\.$|: https:\S+$/.test(meta.description)).map(({ path }) => path)).toEqual([]);
    const paths = all.map(({ path }) => path);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  it('each have a row on the page', () => {
    const page = stackConfigurationPage();
    const missing = all.filter(
      ({ path }) => !page.includes(`| \`${path}\` |`) && !page.includes(`## \`ballast:${path}\``),
    );
    expect(missing).toEqual([]);
  });
});

describe('a schema', () => {
  const paths = (schema: z.ZodType) => stackSettings('key', schema).map(({ path, default: value }) => [path, value]);

  it('gives the keys of objects with the defaults of the object around them, if they have none', () => {
    const inner = z.strictObject({ own: number('Own.'), given: setting(z.int(), 'Given.', 3) });
    const schema = setting(inner.default({ own: 7, given: 5 }), 'All.', { given: 1 });
    expect(paths(schema)).toEqual([
      ['key', undefined],
      ['key.own', 1],
      ['key.given', 5],
    ]);
  });

  it('gives the keys of the values of records, and of the elements of lists', () => {
    const element = z.strictObject({ size: number('Size.') });
    expect(paths(setting(z.record(z.string(), element).default({}), 'All.', {}))).toEqual([
      ['key', {}],
      ['key.NAME.size', 1],
    ]);
    expect(paths(setting(z.array(element).optional(), 'All.', []))).toEqual([
      ['key', undefined],
      ['key[].size', 1],
    ]);
  });

  it('tells kinds of elements apart, and tells what two lists share only once', () => {
    const type = <const T extends string>(name: T) => setting(z.literal(name), `A ${name}.`, name);
    const animal = z.discriminatedUnion('type', [
      z.strictObject({ type: type('cat'), lives: number('Lives.') }),
      z.strictObject({ type: type('dog') }),
    ]);
    const shape = { tame: setting(z.array(animal), 'Tame.', []), wild: setting(z.array(animal), 'Wild.', []) };
    const found = paths(setting(z.strictObject(shape), 'All.', { tame: [], wild: [] })).map(([path]) => path);
    expect(found).toEqual([
      'key',
      'key.tame',
      'key.tame[cat].type',
      'key.tame[cat].lives',
      'key.tame[dog].type',
      'key.wild',
    ]);
  });

  it('with a key that says nothing of itself is refused, by its path', () => {
    const schema = setting(z.strictObject({ silent: z.int() }), 'All.', { silent: 1 });
    expect(() => stackSettings('key', schema)).toThrow('key.silent has no description or no example');
  });
});
