import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ruleFiles } from './files.ts';
import { ruleFile, ruleGroups } from './index.ts';
import { observedTargets, scheduledTargets, scrapedTargets } from './target.ts';

const all = new Set([...scrapedTargets, ...scheduledTargets, ...observedTargets]);

const namespace = 'team-a';
const plain = ruleFiles().files;
const ofStack = ruleFiles({ namespace }).files;

/** What is in the files of a folder, by path. */
const inFolder = (files: ReadonlyMap<string, string>, folder: string) =>
  new Map([...files].filter(([path]) => path.startsWith(`${folder}/`)));

describe('the rules for an operator', () => {
  const objects = (files: ReadonlyMap<string, string>) =>
    [...inFolder(files, 'operator').values()].map((text) => parse(text) as { metadata: object; spec: object });

  test('are in the namespace of a stack, and read its series only', () => {
    const made = objects(ofStack);
    expect(made.map(({ spec }) => spec)).toEqual(ruleGroups(all, { namespace }).map((group) => ruleFile([group])));
    for (const { metadata } of made) expect(metadata).toMatchObject({ namespace });
  });

  test('are of no namespace where none is given', () => {
    const made = objects(plain);
    expect(made.map(({ spec }) => spec)).toEqual(ruleGroups(all).map((group) => ruleFile([group])));
    for (const { metadata } of made) expect(metadata).not.toHaveProperty('namespace');
  });
});

test.each(['rules', 'tests'])('the files in %s are the same whatever the namespace', (folder) => {
  expect(inFolder(plain, folder).size).toBeGreaterThan(0);
  expect(inFolder(ofStack, folder)).toEqual(inFolder(plain, folder));
});

test('what tells that a job is not scraped is in a file of its own, which is named after it', () => {
  const rules = [...inFolder(plain, 'rules')];
  const absent = rules.filter(([, text]) => /\babsent\w*\(/.test(text)).map(([path]) => path);
  expect(absent.sort()).toEqual(scrapedTargets.map((job) => `rules/target-${job}.yml`).sort());
});
