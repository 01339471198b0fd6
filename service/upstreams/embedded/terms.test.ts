import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesOf, termsOf } from './terms.ts';

describe('terms', () => {
  it.each([
    ['The Cats are RUNNING', ['cat', 'run']],
    ['Café, naïve, Größe', ['cafe', 'naiv', 'große']],
    ["the service's answer, don't", ['servic', 'answer']],
    ["Why doesn’t it can't won't WON'T isn't expire?", ['expir']],
    ['who won', ['won']],
    ['what is this?', []],
    ['!?… 🐧', []],
    ['LLMModelUnhealthy', ['llmmodelunhealthi', 'llm', 'model', 'unhealthi']],
    ['the APIs and IDs', ['api', 'id']],
    ['', []],
  ])('of %j are %j', (text, terms) => {
    expect(termsOf(text)).toEqual(terms);
  });

  it.each(['REQUEST_TIMEOUT_SECS', 'requestTimeoutSecs'])('of the name %s are itself and its parts', (name) => {
    const terms = termsOf(name);
    expect(terms).toHaveLength(4);
    expect(terms.slice(1)).toEqual(['request', 'timeout', 'sec']);
    expect(terms[0]).toMatch(/^requesttimeoutsec/);
  });

  it('are the same for either Unicode form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(termsOf(text.normalize('NFD'))).toEqual(termsOf(text.normalize('NFC')));
      }),
    );
  });

  it('of a word without end are one', { timeout: 10_000 }, () => {
    expect(termsOf('n'.repeat(1_000_000))).toHaveLength(1);
  });

  it('hold letters and digits only, so that SQLite never cuts them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const term of termsOf(text)) expect(term).toMatch(/^[\p{L}\p{N}]+$/u);
      }),
      { numRuns: 500 },
    );
  });
});

describe('names', () => {
  it('are the words of several parts, each with the terms of its parts', () => {
    expect(Object.fromEntries(namesOf('What is REQUEST_TIMEOUT, or theService?'))).toEqual({
      requesttimeout: ['request', 'timeout'],
      theservic: ['servic'],
    });
  });
});
