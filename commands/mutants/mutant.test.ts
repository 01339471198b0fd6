import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutate, MutantError } from './mutant.ts';

const change = (find: string, replace: string) => ({ name: 'no lock', file: 'service/a.ts', find, replace });

describe('a mutant', () => {
  it('changes its text, and nothing else', () => {
    expect(mutate('before lock(); after', change('lock();', ''))).toBe('before  after');
  });

  it('puts its replacement in as it is, `$` included', () => {
    expect(mutate('a = one;', change('one', "$& $1 $' $$"))).toBe("a = $& $1 $' $$;");
  });

  it('whose text is gone is refused by name and file', () => {
    expect(() => mutate('unlock();', change('lock(1);', ''))).toThrow(
      new MutantError('the text of the mutant "no lock" occurs not in service/a.ts, but must occur exactly once'),
    );
  });

  it('whose text is there more than once is refused, with how often it is there', () => {
    expect(() => mutate('lock(); lock(); lock();', change('lock();', ''))).toThrow(
      new MutantError('the text of the mutant "no lock" occurs 3 times in service/a.ts, but must occur exactly once'),
    );
  });

  it('that changes nothing is refused, and so is one that names no text', () => {
    expect(() => mutate('lock();', change('lock();', 'lock();'))).toThrow('replaces its text by itself');
    expect(() => mutate('lock();', change('', 'x'))).toThrow('must occur exactly once');
  });

  it('can be undone, whatever stands around its text', () => {
    const around = fc.string().filter((text) => !text.includes('<'));
    fc.assert(
      fc.property(around, around, (before, after) => {
        const source = `${before}<here>${after}`;
        const changed = mutate(source, change('<here>', '<there>'));
        expect(mutate(changed, change('<there>', '<here>'))).toBe(source);
        expect(changed).toBe(`${before}<there>${after}`);
      }),
    );
  });
});
