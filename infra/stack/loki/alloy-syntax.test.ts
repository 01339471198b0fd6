import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alloyText, reference } from './alloy-syntax.ts';

describe("Alloy's syntax", () => {
  it('writes blocks with labels, attributes and blocks inside', () => {
    const text = alloyText([
      {
        name: 'discovery.relabel',
        label: 'pods',
        attributes: { targets: reference('discovery.kubernetes.pods.targets') },
        blocks: [{ name: 'rule', attributes: { source_labels: ['a', 'b'], target_label: 'c', keep: true, times: 2 } }],
      },
    ]);
    expect(text.split('\n')).toEqual([
      'discovery.relabel "pods" {',
      '\ttargets = discovery.kubernetes.pods.targets',
      '\trule {',
      '\t\tsource_labels = ["a", "b"]',
      '\t\ttarget_label = "c"',
      '\t\tkeep = true',
      '\t\ttimes = 2',
      '\t}',
      '}',
      '',
    ]);
  });

  it('separates blocks by an empty line', () => {
    const block = { name: 'a', attributes: {} };
    expect(alloyText([block, block])).toBe('a {\n}\n\na {\n}\n');
  });

  it('lets no text out of its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), (value) => {
        const lines = alloyText([{ name: 'a', label: value, attributes: { b: value, c: [value, value] } }]).split('\n');
        expect(lines).toHaveLength(5);
        const [label, b, c] = [/^a (.*) \{$/s, /^\tb = (.*)$/s, /^\tc = \[(.*)\]$/s].map(
          (line, index) => line.exec(lines[index] ?? '')?.[1] ?? '',
        );
        expect([label, b].map((text) => goString(text ?? ''))).toEqual([value, value]);
        expect(c).toBe(`${b}, ${b}`);
      }),
    );
  });
});

/** What could end a string, begin an escape or break a line, and what cannot. */
const character = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\n',
    '\r',
    '\t',
    '\0',
    '\b',
    '\x07',
    '\x7f',
    '\u2028',
    '\u0085',
    '`',
    '$',
    'n',
    'u',
    'x',
    '0',
    '}',
  ),
  fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
  fc.constantFrom('😀', '\u{10ffff}'),
);

/** What Go reads in a quoted string, whose grammar Alloy has: https://go.dev/ref/spec#String_literals */
function goString(literal: string): string {
  const body = /^"((?:[^"\\\n]|\\.)*)"$/su.exec(literal)?.[1];
  if (body === undefined) throw new Error(`${literal} is no string`);
  return body.replace(/\\(u[0-9a-f]{4}|.)/gsu, (_, escape: string) => {
    if (escape.length === 5) return String.fromCharCode(parseInt(escape.slice(1), 16));
    const known = escapes[escape];
    if (known === undefined) throw new Error(`Go knows no \\${escape}`);
    return known;
  });
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
