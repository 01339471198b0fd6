import { describe, expect, it } from 'vitest';
import { previewComment } from './comment.ts';
import { previewOfDigest } from './from-pulumi.ts';
import { readDigest } from './pulumi-digest.ts';

const urn = (type: string, name: string) => `urn:pulumi:dev::p::${type}::${name}`;
const state = (type: string, name: string, inputs: object = {}) => ({
  custom: true,
  urn: urn(type, name),
  parent: urn('ballast:stack:Redis', 'redis'),
  inputs,
});
const password = 'ballast:stack:Redis$random:index/randomPassword:RandomPassword';
const step = (op: string, type: string, name: string, sides: object) => ({ op, urn: urn(type, name), ...sides });
const previewOf = (steps: object[], more: object = {}) =>
  previewOfDigest('dev', readDigest(JSON.stringify({ steps, ...more }), 'a test'));
const commentOf = (...args: Parameters<typeof previewOf>) =>
  previewComment([previewOf(...args)], { policies: new Map() });

describe('a preview of Pulumi', () => {
  it('makes one replacement of the steps that it takes, and says that a generated value is rotated', () => {
    const [old, fresh] = [state(password, 'auth', { length: 32 }), state(password, 'auth', { length: 40 })];
    const steps = ['create-replacement', 'replace', 'delete-replaced'].map((op) =>
      step(op, password, 'auth', { oldState: old, newState: fresh, replaceReasons: ['length'] }),
    );
    const { changes } = previewOf(steps);
    expect(changes).toMatchObject([
      { operation: 'replace', kind: 'RandomPassword', name: 'auth', part: 'redis', consequence: { kind: 'rotation' } },
    ]);
    expect(changes[0]?.fields).toEqual([{ path: 'length', before: 32, after: 40 }]);
  });

  it('goes by what stays where an interrupted replacement left something to delete', () => {
    const sides = (length: number) => ({
      oldState: state(password, 'a', { length: 1 }),
      newState: state(password, 'a', { length }),
    });
    const left = step('delete-replaced', password, 'a', { oldState: state(password, 'a', { length: 9 }) });
    expect(previewOf([left, step('same', password, 'a', sides(1))]).changes).toEqual([]);
    const { changes } = previewOf([left, step('update', password, 'a', sides(2))]);
    expect(changes).toMatchObject([{ operation: 'update', fields: [{ path: 'length', before: 1, after: 2 }] }]);
    expect(previewOf([left]).changes).toMatchObject([{ operation: 'delete' }]);
  });

  it('lists what is renamed and changes as both', () => {
    const sides = { oldState: state(password, 'a', { length: 1 }), newState: state(password, 'b', { length: 2 }) };
    const text = commentOf([step('update', password, 'b', sides)]);
    expect(text).toContain('Renamed and updated: 1');
    expect(text).toContain('update <code>RandomPassword b</code>');
    expect(text).not.toContain('no change');
  });

  it('leaves out what stays, what is read, and components', () => {
    const component = { ...state('ballast:stack:Redis', 'redis'), custom: false };
    const sides = { oldState: state(password, 'a'), newState: state(password, 'a') };
    const steps = [
      ...['same', 'read', 'refresh'].map((op) => step(op, password, op, sides)),
      step('create', 'ballast:stack:Redis', 'redis', { newState: component }),
    ];
    expect(previewOf(steps).changes).toEqual([]);
    expect(commentOf([])).toContain('\nNo changes.\n');
  });

  it('warns of a generated value that is deleted, but not when a rotation lets it go', () => {
    const gone = step('delete', password, 'auth-1', { oldState: state(password, 'auth-1') });
    const next = step('create', password, 'auth-3', { newState: state(password, 'auth-3') });
    expect(commentOf([gone])).toContain('`RandomPassword auth-1` is deleted: its generated value is lost');
    expect(commentOf([gone, next])).not.toContain('Dangerous');
  });

  it('says that it failed, and does not say that nothing changes', () => {
    const diagnostics = [{ severity: 'error', message: 'error: redis://user:hunter2hunter@redis is away' }];
    const text = commentOf([], { diagnostics });
    expect(text).toContain('**The preview of the stack `dev` failed**');
    expect(text).toContain('redis://[secret]@redis is away');
    expect(text).not.toContain('No changes.');
    expect(previewOfDigest('dev', readDigest('', 'a test')).errors).toEqual(['pulumi preview printed nothing']);
  });

  it('tells which secret changes by what the engine names, and knows when unchanged resources are missing', () => {
    const secret = 'kubernetes:core/v1:Secret';
    const inputs = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: '[secret]' } };
    const sides = { oldState: state(secret, 's', inputs), newState: state(secret, 's', inputs) };
    const update = {
      ...step('update', secret, 's', sides),
      diffReasons: ['stringData'],
      detailedDiff: { 'stringData.a': { kind: 'update' } },
    };
    const text = commentOf([update], { changeSummary: { update: 1, same: 4 } });
    expect(text).toContain('@@ stringData.a @@\n- [secret]\n+ [secret] (another value)');
    expect(text).toContain('was made without `--show-sames`');
  });

  it.each([
    ['{', 'a.json does not hold what pulumi preview --json prints'],
    ['{"steps": [{"op": 1}]}', 'a.json does not hold what pulumi preview --json prints: ✖ Invalid input'],
  ])('is refused when it is something else: %s', (text, message) => {
    expect(() => readDigest(text, 'a.json')).toThrow(message);
  });
});
