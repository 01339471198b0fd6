import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextRelay } from './text-relay.ts';

/** A reader that keeps what it was given. */
function readerOf(onPiece: (text: string) => void = () => undefined) {
  const pieces: string[] = [];
  const onText = (text: string) => {
    pieces.push(text);
    onPiece(text);
  };
  return { pieces, onText };
}

describe('a text relay', () => {
  it('passes each piece on to everyone who reads along', () => {
    const relay = new TextRelay();
    const [one, two] = [readerOf(), readerOf()];
    relay.add(one);
    relay.add(two);
    relay.push('Hello');
    relay.push(', world');
    expect(one.pieces).toEqual(['Hello', ', world']);
    expect(two.pieces).toEqual(['Hello', ', world']);
    expect(relay.text).toBe('Hello, world');
  });

  it('gives one who comes late all the text so far at once, then the rest as it comes', () => {
    const relay = new TextRelay();
    relay.push('Hello');
    relay.push(', world');
    const late = readerOf();
    relay.add(late);
    expect(late.pieces).toEqual(['Hello, world']);
    relay.push('!');
    expect(late.pieces).toEqual(['Hello, world', '!']);
  });

  it('gives one who left nothing more', () => {
    const relay = new TextRelay();
    const [gone, here] = [readerOf(), readerOf()];
    relay.add(gone);
    relay.add(here);
    relay.push('a');
    relay.remove(gone);
    relay.push('b');
    expect(gone.pieces).toEqual(['a']);
    expect(here.pieces).toEqual(['a', 'b']);
  });

  it('knows whether text was delivered', () => {
    const relay = new TextRelay();
    relay.push('a');
    expect(relay.delivered).toBe(false);
    const reader = readerOf();
    relay.add(reader);
    expect(relay.delivered).toBe(true);
    relay.remove(reader);
    expect(relay.delivered).toBe(true);
  });

  it('delivers no empty text', () => {
    const relay = new TextRelay();
    const reader = readerOf();
    relay.add(reader);
    relay.push('');
    expect(relay.delivered).toBe(false);
    expect(reader.pieces).toEqual([]);
  });

  it('throws away what nobody was given', () => {
    const relay = new TextRelay();
    relay.push('a failed attempt');
    relay.reset();
    const reader = readerOf();
    relay.add(reader);
    relay.push('the answer');
    expect(reader.pieces).toEqual(['the answer']);
    expect(relay.text).toBe('the answer');
  });

  it('does not throw away what someone was given', () => {
    const relay = new TextRelay();
    relay.add(readerOf());
    relay.reset();
    relay.push('a');
    expect(() => relay.reset()).toThrow('text that a reader was given cannot be thrown away');
    expect(relay.text).toBe('a');
  });

  it('lets one that throws go, and disturbs nobody else', () => {
    const relay = new TextRelay();
    const broken = readerOf(() => {
      throw new Error('the socket is closed');
    });
    const [before, after] = [readerOf(), readerOf()];
    for (const reader of [before, broken, after]) relay.add(reader);
    relay.push('a');
    relay.push('b');
    expect(broken.pieces).toEqual(['a']);
    expect(before.pieces).toEqual(['a', 'b']);
    expect(after.pieces).toEqual(['a', 'b']);

    const late = readerOf(() => {
      throw new Error('the socket is closed');
    });
    relay.add(late);
    relay.push('c');
    expect(late.pieces).toEqual(['ab']);
    // It may have sent some of it before it threw.
    expect(relay.delivered).toBe(true);
  });

  it('gives everyone everything once when readers come and go while text is passed on', () => {
    const relay = new TextRelay();
    const newcomer = readerOf();
    const gone = readerOf();
    const first = readerOf((text) => {
      if (text !== 'a') return;
      relay.add(newcomer);
      relay.remove(gone);
      relay.push('b');
    });
    const last = readerOf();
    for (const reader of [first, gone, last]) relay.add(reader);
    relay.push('a');
    relay.push('c');
    expect(first.pieces).toEqual(['a', 'b', 'c']);
    expect(newcomer.pieces.join('')).toBe('abc');
    expect(last.pieces.join('')).toBe('abc');
    expect(gone.pieces).toEqual([]);
  });

  it('gives each reader the whole text, whenever it came', () => {
    const step = fc.oneof(fc.constant(undefined), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const relay = new TextRelay();
        const readers = [];
        for (const text of steps) {
          if (text === undefined) {
            const reader = readerOf();
            readers.push(reader);
            relay.add(reader);
          } else {
            relay.push(text);
          }
          expect(relay.delivered).toBe(readers.length > 0 && relay.text !== '');
        }
        for (const reader of readers) expect(reader.pieces.join('')).toBe(relay.text);
        expect(relay.text).toBe(steps.filter((text) => text !== undefined).join(''));
      }),
    );
  });
});
