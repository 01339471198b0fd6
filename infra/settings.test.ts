import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bytes, checkExternal, cidr, cpu, credentialName, cron, external, replicas, resources } from './settings.ts';
import { setting, storage, use } from './settings.ts';

const takes = (schema: z.ZodType, values: readonly unknown[]) =>
  values.filter((value) => schema.safeParse(value).success);
const refusal = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

describe('a value of the configuration', () => {
  it.each<[string, z.ZodType, unknown[], unknown[], string]>([
    [
      'bytes',
      bytes,
      ['512Mi', '10Gi', '1Ki', '2Ti'],
      ['0Mi', '10', '10G', '1Pi', '1.5Gi', '-1Gi', '10 Gi', ' 10Gi', '10Gi\n'],
      'a whole number of Ki, Mi, Gi or Ti, such as 512Mi or 10Gi',
    ],
    [
      'CPU',
      cpu,
      ['1m', '250m', '2', '1.5', '0.5', '0.001', '1.250'],
      ['0m', '0', '0.0', '0.000', '0.0005', '1.0005', '1.5m', '2 ', '-1', '1e3'],
      'a quantity such as 250m or 2',
    ],
    [
      'a schedule',
      cron,
      ['0 3 * * *', '*/5 0-6 1,15 * MON'],
      ['0 3 * *', '0 3 * * * *', '@daily', '0  3 * * *'],
      'a cron line of five fields, such as 0 3 * * *',
    ],
    [
      'a range of addresses',
      cidr,
      ['10.0.0.0/8', '192.0.2.1/32', '0.0.0.0/0', 'fd00::/8', '::/0'],
      ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'example.com/8'],
      'a CIDR range such as 10.0.0.0/8',
    ],
    [
      'the name of a credential',
      credentialName,
      ['openai', 'mlflowStoreUrl', 'a1', 'x'.repeat(63)],
      ['1a', 'open-ai', 'a.b', 'a b', '', 'x'.repeat(64)],
      'a name in ballast:credentials: letters and digits, a letter first',
    ],
  ])('%s', (_, schema, allowed, refused, message) => {
    expect(takes(schema, allowed)).toEqual(allowed);
    expect(takes(schema, refused)).toEqual([]);
    expect(refused.map((value) => refusal(schema, value))).toEqual(refused.map(() => message));
  });

  it('is a number of copies, from one to the most that the part may have', () => {
    expect(replicas(2, 4).parse(undefined)).toBe(2);
    expect(takes(replicas(2, 4), [0, 1, 4, 5, 1.5, '2'])).toEqual([1, 4]);
  });

  it('is a way of having a part, among those that it knows', () => {
    expect(use(['bundled', 'off'], 'off').parse(undefined)).toBe('off');
    expect(takes(use(['bundled', 'off'], 'off'), ['bundled', 'external', 'off'])).toEqual(['bundled', 'off']);
    const text = (schema: z.ZodType) => schema.meta()?.description;
    expect(text(use(['bundled', 'external', 'off'], 'off'))).toBe(
      'bundled runs it in the stack, external uses an existing one at url, off goes without.',
    );
    expect(text(use(['bundled', 'off'], 'off'))).toBe('bundled runs it in the stack, off goes without.');
  });

  it('has what the handbook says about it, with its default', () => {
    expect(setting(z.string(), 'What it is.', 'such').meta()).toEqual({ description: 'What it is.', example: 'such' });
  });
});

describe('resources and volumes', () => {
  const schema = resources('100m', '1', '256Mi', '512Mi');

  it("have a part's own defaults, each for itself", () => {
    expect(schema.parse(undefined)).toEqual({
      cpu: { request: '100m', limit: '1' },
      memory: { request: '256Mi', limit: '512Mi' },
    });
    expect(schema.parse({ memory: { limit: '1Gi' } }).memory).toEqual({ request: '256Mi', limit: '1Gi' });
    expect(storage('5Gi').parse({ class: 'fast' })).toEqual({ size: '5Gi', class: 'fast' });
  });

  it('refuse what is no quantity, and unknown keys', () => {
    expect(takes(schema, [{ cpu: { request: '1Gi' } }, { cpus: {} }, { memory: { limit: '1' } }])).toEqual([]);
    expect(takes(storage('5Gi'), [{ size: '5G' }, { class: '' }, { klass: 'fast' }])).toEqual([]);
  });

  it('ask for no more than they may use', () => {
    expect(takes(schema, [{ cpu: { request: '1', limit: '1000m' } }])).toHaveLength(1);
    expect(refusal(schema, { cpu: { request: '2', limit: '1500m' } })).toBe('at least the request, 2');
    expect(refusal(schema, { memory: { request: '2Gi', limit: '2047Mi' } })).toBe('at least the request, 2Gi');
    expect(refusal(schema, { memory: { request: '1Gi' } })).toBe('at least the request, 1Gi');
  });
});

describe('a part that may be elsewhere', () => {
  const shape = z.strictObject({ use: use(['bundled', 'external', 'off'], 'bundled'), ...external });
  const schema = checkExternal(shape, ['https', 'http']);
  const at = (url?: string, how = 'external') =>
    schema.safeParse({ use: how, url }).error?.issues.map(({ path }) => path);

  it('needs a URL when it is', () => {
    expect(at()).toEqual([['url']]);
    expect(at(undefined, 'bundled')).toBeUndefined();
  });

  it('may keep the URL of an existing one that it does not use at the moment', () => {
    expect(at('http://it.example.com:1234', 'bundled')).toBeUndefined();
    expect(at('http://it.example.com:1234', 'off')).toBeUndefined();
  });

  it('is told one thing at a time, never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (url) => {
        expect(at(url)?.length ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });
});
