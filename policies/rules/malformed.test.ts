import { describe, expect, it } from 'vitest';
import { fixtures } from '../fixtures/index.ts';
import { changed } from '../fixtures/judge.ts';
import { Configuration } from '../configuration.ts';
import { evaluate } from '../evaluate.ts';
import { rules } from '../rules.ts';

type Path = readonly (string | number)[];

/** Every property in a value, from the top. */
function propertiesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return [...(Array.isArray(value) ? [] : [at]), ...propertiesOf(inner, at)];
  });
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner: unknown, key) => Reflect.get(inner as object, key) as unknown, value);

describe.each(fixtures)('the rule $rule', ({ rule, parameters, passes, stack = 'prod' }) => {
  const configuration = Configuration.read(
    { all: 'disabled', [rule]: { enforcementLevel: 'mandatory', ...parameters } },
    rules,
  );
  /** Where the rule cannot judge the objects of its fixture when one property has a value of another type. */
  const failing = (value: unknown, isChanged: (before: unknown) => boolean) =>
    passes.flatMap((each, object) =>
      propertiesOf(each)
        .filter((path) => isChanged(at(each, path)))
        .flatMap((path) => {
          const objects = changed(passes, { object, path, value }).map((one) => ({ object: one, source: '' }));
          try {
            evaluate(objects, rules, configuration, { stack });
            return [];
          } catch (error) {
            return [`${object}.${path.join('.')}: ${(error as Error).stack}`];
          }
        }),
    );

  it('judges objects in which a property is null', () => {
    expect(failing(null, () => true)).toEqual([]);
  });

  it('judges objects in which a number stands where a text belongs', () => {
    expect(failing(7, (before) => typeof before === 'string')).toEqual([]);
  });
});
