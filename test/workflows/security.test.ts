import { describe, expect, test } from 'vitest';
import { rules, unpinned, unsafeCommand } from './rules.ts';
import { violations } from './violations.ts';
import { actions, parseWorkflow, workflow, workflows } from './workflow.ts';

describe('every workflow', () => {
  test.each(Object.entries(rules))('%s', (_, rule) => {
    expect(workflows.length).toBeGreaterThan(6);
    expect(workflows.flatMap(rule)).toEqual([]);
  });
});

describe('every composite action', () => {
  test('takes actions by their commit', () => {
    expect(actions().flatMap(({ path, text }) => unpinned(path, text))).toEqual([]);
  });

  test('runs commands without the text of others, one a step', () => {
    const complaints = actions().flatMap(({ path, steps }) => steps.flatMap((step) => unsafeCommand(path, step)));
    expect(complaints).toEqual([]);
  });
});

describe('a workflow is refused', () => {
  test('by every rule', () => {
    expect(Object.keys(rules).filter((name) => !violations.some(([rule]) => rule === name))).toEqual([]);
  });

  test.each(violations)('that not "%s": %s with %j as %j', (rule, file, pattern, broken) => {
    const { path, text } = workflow(file);
    const changed = text.replace(new RegExp(pattern), broken);
    expect(changed).not.toBe(text);
    expect(rules[rule]?.(parseWorkflow(path, changed))).not.toEqual([]);
  });
});
