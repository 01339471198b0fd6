import { describe, expect, test } from 'vitest';
import { commandsOf, fences, type Fence } from './fences.ts';

/** Programs whose commands a test runs: kubectl in test/cluster/runbook.test.ts, the others here. */
const tested = ['kubectl', 'curl', 'amtool'];

/** The local port that a command asks. */
const asked = (line: string) => /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];

/** The local port that a command forwards, in the background. */
const forwarded = (line: string) => /\bport-forward \S+ (\d+)\S* &$/.exec(line)?.[1];

/** Whether a command tries again until the port listens. A 503 that is an answer would be asked for again just as well. */
const waits = (line: string) =>
  line.startsWith('curl -s --retry 5 --retry-connrefused ') && !/\/health\/(ready|llm\?model=(?!all\b))/.test(line);

/** Commands that ask a port which the fence has not forwarded, or which may not listen yet. */
function tooEarly({ lines }: Fence): string[] {
  return lines.filter((line, index) => {
    const port = asked(line);
    if (port === undefined) return false;
    const before = lines.slice(0, index);
    if (!before.some((earlier) => forwarded(earlier) === port)) return true;
    return ![...before, line].some((each) => waits(each) && asked(each) === port);
  });
}

describe('the fences of the runbook', () => {
  test('are found', () => {
    expect(commandsOf('kubectl').length).toBeGreaterThan(20);
    expect(commandsOf('curl').length).toBeGreaterThan(3);
  });

  test('hold what a test runs, or say why none can', () => {
    const other = fences().filter(
      ({ language, notRun, lines }) =>
        !['promql', 'yaml', 'json'].includes(language) &&
        notRun === undefined &&
        !(language === 'sh' && lines.every((line) => tested.some((program) => line.startsWith(`${program} `)))),
    );
    expect(other).toEqual([]);
  });

  test('give a reason of some words where none can', () => {
    for (const { notRun } of fences()) if (notRun !== undefined) expect(notRun.split(' ').length).toBeGreaterThan(2);
  });
});

describe('a fence that is pasted into a shell', () => {
  const pasted = fences().filter(({ language }) => language === 'sh');
  const lines = pasted.flatMap((fence) => fence.lines.map((line) => ({ page: fence.page, line })));

  test('goes on after it has forwarded a port', () => {
    const forwards = lines.filter(({ line }) => line.includes(' port-forward '));
    expect(forwards.length).toBeGreaterThan(20);
    expect(forwards.filter(({ line }) => forwarded(line) === undefined)).toEqual([]);
  });

  test('asks a port that it has forwarded, once that listens', () => {
    expect(lines.filter(({ line }) => asked(line) !== undefined).length).toBeGreaterThan(30);
    expect(pasted.flatMap((fence) => tooEarly(fence).map((line) => ({ page: fence.page, line })))).toEqual([]);
  });

  test('quotes what zsh or bash would take for a pattern or for the end of a command', () => {
    const bare = (line: string) => line.replaceAll(/"[^"]*"|'[^']*'/g, '').replace(/ &$/, '');
    expect(lines.filter(({ line }) => /[?*&;[{<>]/.test(bare(line)))).toEqual([]);
  });

  test('makes a job by a name that is free', () => {
    const job = (line: string) => / create job (\S+)/.exec(line)?.[1];
    const taken = pasted.flatMap((fence) =>
      fence.lines.filter((line, index) => {
        const name = job(line);
        const frees = `kubectl --namespace ballast delete job ${name ?? ''} --ignore-not-found`;
        return name !== undefined && !fence.lines.slice(0, index).includes(frees);
      }),
    );
    expect(lines.filter(({ line }) => job(line) !== undefined).length).toBeGreaterThan(5);
    expect(taken).toEqual([]);
  });

  test('deletes no pod but the one that the page leads to', () => {
    expect(lines.filter(({ line }) => / delete pod (?!POD\b)/.test(line))).toEqual([]);
  });

  test('takes a part for a Deployment or a StatefulSet only where the alert is of these', () => {
    const taken = lines.flatMap(({ page, line }) => {
      const kind = / (deployment|statefulset)[/ ]PART\b/.exec(line)?.[1];
      return kind === undefined || page.toLowerCase().startsWith(kind) ? [] : [{ page, line }];
    });
    expect(taken).toEqual([]);
  });

  test('scales a part whose copies it cannot know to as many as the reader says', () => {
    expect(lines.filter(({ line }) => / scale \S*\bPART\b(?!.* --replicas COPIES$)/.test(line))).toEqual([]);
  });
});
