import { describe, expect, it } from 'vitest';
import { exceptionsOf } from './exceptions.ts';

describe('the exceptions of an object', () => {
  it('are its annotations with the prefix, by the names of rules', () => {
    const annotations = {
      'policies.ballast.dev/probes': ' It has no port.\n',
      'policies.ballast.dev/drain': '',
      'example.com/probes': 'x',
    };
    expect([...exceptionsOf({ metadata: { annotations } })]).toEqual([
      ['probes', 'It has no port.'],
      ['drain', ''],
    ]);
  });

  it('are none without annotations', () => {
    expect(exceptionsOf({}).size).toBe(0);
    expect(exceptionsOf({ metadata: {} }).size).toBe(0);
  });

  it('are found without reading other annotations, which a preview may not know', () => {
    const annotations = {
      'policies.ballast.dev/probes': 'It has no port.',
      get 'example.com/address'(): string {
        throw new Error('not known in a preview');
      },
    };
    expect(exceptionsOf({ metadata: { annotations } }).get('probes')).toBe('It has no port.');
  });
});
