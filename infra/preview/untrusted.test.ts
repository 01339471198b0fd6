import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../render/manifest.ts';
import { marker, mostCharacters, previewComment } from './comment.ts';
import { previewOfManifests } from './from-manifests.ts';
import { previewOfDigest } from './from-pulumi.ts';
import type { PolicyResults } from './policy-results.ts';
import { readDigest } from './pulumi-digest.ts';

const parser = new MarkdownIt({ html: true, linkify: true });

/** Everything that a reader of the page gets beside code: text, links, images, and markup that is not ours. */
function outsideOfCode(markdown: string) {
  const tokens = parser.parse(markdown, {}).flatMap((token) => [token, ...(token.children ?? [])]);
  const html = tokens
    .filter(({ type }) => type === 'html_block' || type === 'html_inline')
    .map(({ content }) => content)
    .join('\n');
  return {
    text: tokens
      .filter(({ type }) => type === 'text')
      .map(({ content }) => content)
      .join('\n'),
    kinds: new Set(tokens.map(({ type }) => type)),
    tags: new Set(Array.from(html.matchAll(/<[^>]*>/g), ([tag]) => tag)),
    htmlText: html.replaceAll(/<code>.*?<\/code>/g, '').replaceAll(/<[^>]*>/g, ''),
  };
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '```\n</details>\n@octocat <img src=x onerror=alert(1)>',
    '`````` \n# heading',
    '| a | b |\n|---|---|',
    '\\| x | y',
    '[link](https://evil.example) ![image](https://evil.example/x.png)',
    'https://evil.example www.evil.example a@evil.example',
    '@octocat #1 octocat/hello#1',
    marker,
    `\n${marker}\n`,
    '</code></summary><script>alert(1)</script>',
    '&lt;b&gt; &#64;octocat',
    '\u202Eevil\u2066',
    '~~~\n',
    '    indented',
    '\r```\r',
    '\u2028\u2028# x',
  ),
  fc
    .array(fc.constantFrom('`', '\n', '|', '\\', '<', '>', '@', '~', '*', ' ', 'x', '\r', '&#', '['), { maxLength: 40 })
    .map((all) => all.join('')),
);

const object = (name: string, key: string, value: string, part: string, kind = 'ConfigMap'): Manifest => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: part, labels: { 'app.kubernetes.io/component': part } },
  data: { [key]: value },
  spec: { replicas: 1, [key]: [value, { name: value }] },
});

const results = (text: string): PolicyResults => ({
  passed: false,
  rules: 1,
  objects: 1,
  violations: [
    { rule: text, level: 'mandatory', severity: text, object: text, message: text, fix: text },
    { rule: text, level: 'advisory', severity: text, object: text, message: text, fix: text },
  ],
  exceptions: [],
});

describe('text from a pull request', () => {
  it('stays in code: it makes no markup, link, image or mention, and forges no marker', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, hostile, (name, key, before, after, part) => {
        const deployment = (value: string): Manifest => ({
          ...object(name, key, value, part, 'Deployment'),
          apiVersion: 'apps/v1',
        });
        const statefulSet = { ...object(name, key, after, part, 'StatefulSet'), apiVersion: 'apps/v1' };
        const preview = previewOfManifests(
          'dev',
          [object(name, key, before, part), deployment(before), statefulSet],
          [object(name, key, after, part), deployment(after), object(`${name}2`, key, after, part)],
        );
        const failed = {
          ...preview,
          errors: [after],
          renamed: [{ kind: name, from: before, to: after, changes: false }],
        };
        const markdown = previewComment([failed], { policies: new Map([['dev', results(after)]]) });
        expect(markdown.startsWith(`${marker}\n`)).toBe(true);
        const { text, kinds, tags, htmlText } = outsideOfCode(markdown);
        expect(text).not.toMatch(/octocat|evil|alert/);
        expect(htmlText).not.toMatch(/octocat|evil|alert/);
        for (const kind of ['link_open', 'image', 'blockquote_open', 'code_block']) expect(kinds).not.toContain(kind);
        const ours = [marker, '<details>', '</details>', '<summary>', '</summary>', '<code>', '</code>', '<b>', '</b>'];
        expect([...tags].filter((tag) => !ours.includes(tag))).toEqual([]);
        // Comments are read before elements, so that one more would be found among the tags; the marker is there once.
        const markers = parser
          .parse(markdown, {})
          .filter(({ content, type }) => type === 'html_block' && content.includes(marker));
        expect(markers).toHaveLength(1);
        // Nothing turns the text around or hides in it.
        expect(markdown).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a secret', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/).filter((text) => !/^[0-9]+$/.test(text));
  const places: readonly ((value: string) => object)[] = [
    (value) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { user: value, 'a.yaml': `list:\n  - name: ${value}\n` },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { user: Buffer.from(value).toString('base64') },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Some',
      metadata: { name: 's' },
      spec: { env: [{ name: 'REDIS_PASSWORD', value }] },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Some',
      metadata: { name: 's' },
      spec: { apiKey: value, deep: { clientSecret: [value] } },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Some',
      metadata: { name: 's' },
      spec: { args: [`--token=${value}`, '--password', value] },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Some',
      metadata: { name: 's' },
      spec: { url: `redis://user:${value}@redis:6379/0` },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's' },
      data: { 'a.yaml': `a: 1\ndatabase:\n  password: ${value}\n` },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's' },
      data: { 'a.json': JSON.stringify({ api_key: value }) },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's' },
      data: { 'a.conf': `requirepass x\nauth_token = ${value}\n[broken` },
    }),
    (value) => ({
      apiVersion: 'v1',
      kind: 'Some',
      metadata: { name: 's' },
      spec: { marked: { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value } },
    }),
  ];

  it.each(places.map((place, index) => [index, place] as const))(
    'in place %i never is in the comment, whatever happens to it',
    (_, place) => {
      fc.assert(
        fc.property(secret, secret, (one, two) => {
          // What is a secret in one object is one in every other.
          const copy = (value: string) => ({
            apiVersion: 'v1',
            kind: 'Copy',
            metadata: { name: 'copy' },
            spec: { text: `it is ${value}.` },
          });
          const [before, after] = [place(one), place(two)] as [Manifest, Manifest];
          for (const sides of [
            [
              [before, copy(one)],
              [after, copy(two)],
            ],
            [[], [after, copy(two)]],
            [[before, copy(one)], []],
          ] as [Manifest[], Manifest[]][]) {
            const markdown = previewComment([previewOfManifests('dev', ...sides)], { policies: new Map() });
            for (const value of [one, two]) {
              expect(markdown).not.toContain(value);
              expect(markdown).not.toContain(Buffer.from(value).toString('base64').replace(/=+$/, ''));
            }
            if (sides[0].length === sides[1].length && one !== two) expect(markdown).toContain('[secret]');
          }
        }),
        { numRuns: 8 },
      );
    },
  );

  it('is not shown where Pulumi marks only the other side', () => {
    fc.assert(
      fc.property(secret, fc.boolean(), (value, isBefore) => {
        const state = (inner: string) => ({
          custom: true,
          urn: 'urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::c',
          inputs: {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'c' },
            data: { plain: inner },
            list: [inner, 'b'],
            env: [{ name: 'a', value: inner }],
          },
        });
        const [left, right] = isBefore ? ['[secret]', value] : [value, '[secret]'];
        const step = { op: 'update', urn: state('').urn, oldState: state(left), newState: state(right) };
        const preview = previewOfDigest('dev', readDigest(JSON.stringify({ steps: [step] }), 'a test'));
        const markdown = previewComment([preview], { policies: new Map() });
        expect(markdown).not.toContain(value);
        expect(markdown).toContain('data.plain');
      }),
      { numRuns: 8 },
    );
  });
});

describe('a comment', () => {
  it.each([
    { count: 0, length: 0, parts: 1, stacks: 2 },
    { count: 1, length: 30, parts: 1, stacks: 1 },
    { count: 3, length: 70_000, parts: 2, stacks: 1 },
    { count: 40, length: 3_000, parts: 7, stacks: 3 },
    { count: 200, length: 100, parts: 7, stacks: 3 },
    { count: 1_200, length: 1, parts: 1_000, stacks: 1 },
    { count: 1, length: 1, parts: 1, stacks: 300 },
  ])('stays under the limit, and lists or counts every change: %o', ({ count, length, parts, stacks }) => {
    const objects = (value: string) =>
      Array.from({ length: count }, (_, index) => {
        const kind = index % 9 === 0 ? 'PersistentVolumeClaim' : 'ConfigMap';
        return object(`name-${index}`, 'key', value.repeat(length), `part-${index % parts}`, kind);
      });
    const sides = [
      [objects('a'), objects('b')],
      [[], objects('b')],
      [objects('a'), []],
    ] as const;
    const previews = Array.from({ length: stacks }, (_, index) => {
      const [before, after] = sides[index % 3] ?? sides[0];
      return previewOfManifests(`s${index}`, before, after);
    });
    const markdown = previewComment(previews, { policies: new Map() });
    expect(markdown.length).toBeLessThanOrEqual(mostCharacters);
    const listed = Array.from(markdown.matchAll(/^(<details><summary>|- )(create|update|replace|delete) /gm)).length;
    const counts = Array.from(markdown.matchAll(/^(?:- `part-\d+`: .*|.*; none is listed\.)$/gm), ([line]) =>
      Array.from(line.matchAll(/([\d,]+) (?:create|update|replace|delete)/g), ([, number = '']) =>
        Number(number.replaceAll(',', '')),
      ),
    ).flat();
    // Stacks that do not fit are counted, too.
    const left = previews.slice(previews.length - Number(/^And ([\d,]+) more stacks\.$/m.exec(markdown)?.[1] ?? 0));
    const total = previews.flatMap(({ changes }) => changes).length - left.flatMap(({ changes }) => changes).length;
    expect(listed + counts.reduce((a, b) => a + b, 0)).toBe(total);
    if (listed + counts.length < 1) expect(total).toBe(0);
  });
});
