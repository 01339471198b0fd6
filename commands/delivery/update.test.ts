import { describe, expect, it } from 'vitest';
import { parseHistory } from './update.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const entry = (more: object = {}) => ({
  version: 0,
  kind: 'update',
  startTime: '2026-11-22T08:00:00.000Z',
  message: 'deployment of it',
  environment: { 'git.head': 'c0ffee', 'git.dirty': 'true', 'exec.kind': 'cli' },
  config: {
    'ballast:namespace': { value: 'ballast-dev', secret: false },
    'ballast:api': { value: '{}', objectValue: { image: { digest }, canary: { digest, weight: 10 } }, secret: false },
    'ballast:credentials': { secret: true },
  },
  result: 'succeeded',
  endTime: '2026-11-22T08:01:00.000Z',
  resourceChanges: { same: 3 },
  ...more,
});
const history = (...entries: object[]) => parseHistory(JSON.stringify(entries));

describe('the history of a stack', () => {
  it('tells what each update ran, and nothing of its secrets', () => {
    const [update] = history(entry({ version: 7 }));
    expect(update).toEqual({
      version: 7,
      kind: 'update',
      succeeded: true,
      startTime: '2026-11-22T08:00:00.000Z',
      message: 'deployment of it',
      commit: 'c0ffee',
      dirty: true,
      configuration: new Map<string, unknown>([
        ['ballast:namespace', 'ballast-dev'],
        ['ballast:api', { image: { digest }, canary: { digest, weight: 10 } }],
      ]),
      secrets: new Set(['ballast:credentials']),
      delivered: { digest, canary: { digest, weight: 10 } },
    });
  });

  it('does not know what an update delivered whose API had a secret, of which nothing is recorded', () => {
    const [update] = history(entry({ config: { 'ballast:api': { secret: true } } }));
    expect(update?.delivered).toBeUndefined();
    expect(update?.secrets).toEqual(new Set(['ballast:api']));
  });

  it('counts updates itself where the state backend does not', () => {
    expect(history(entry(), entry(), entry()).map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(history(entry({ version: 9 }), entry({ version: 8 })).map(({ version }) => version)).toEqual([9, 8]);
  });

  it('has updates outside of a repository, without an image of delivery, and with a configuration that was refused', () => {
    const [outside] = history(entry({ environment: null }));
    expect(outside).toMatchObject({ commit: undefined, dirty: false });
    expect(history(entry({ config: {} }))[0]?.delivered).toEqual({});
    const refused = { 'ballast:api': { objectValue: { canary: { weight: 'all' } }, secret: false } };
    expect(history(entry({ config: refused, result: 'failed' }))[0]).toMatchObject({ succeeded: false, delivered: {} });
  });

  it('is empty before the first update', () => {
    expect(parseHistory('null')).toEqual([]);
    expect(parseHistory('[]')).toEqual([]);
  });

  it('is refused when it is anything else', () => {
    expect(() => parseHistory('error: no stack')).toThrow();
    expect(() => history(entry({ result: 1 }))).toThrow();
  });
});
