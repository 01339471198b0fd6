import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explained } from '../../commands/preview/explain.ts';
import { PullRequestComments } from '../../commands/preview/pull-request-comments.ts';
import { readComment } from '../../commands/preview/read-comment.ts';
import { root, run } from '../processes.ts';
import { startGitHub, type GitHubStandIn } from './github.ts';

const body = '<!-- ballast-preview -->\n## Preview\n\nNo changes.\n';
const bot = { login: 'github-actions[bot]', type: 'Bot' } as const;

describe('posting the comment', () => {
  let github: GitHubStandIn;
  beforeEach(async () => {
    github = await startGitHub();
  });
  afterEach(() => github.close());

  const client = () => new PullRequestComments({ owner: 'acme', name: 'ballast', token: 't', url: `${github.url}/` });
  const post = () => client().put(7, body);
  const talk = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      github.comments.push({ id: index + 1, body: `talk ${index}`, user: { login: 'someone', type: 'User' } });
    }
  };

  test('creates it once, leaves it alone while it says the same, and updates it afterwards', async () => {
    expect(await post()).toBe('created');
    expect(await post()).toBe('unchanged');
    expect(github.writes).toEqual(['POST /repos/acme/ballast/issues/7/comments']);
    expect(await client().put(7, `${body}more\n`)).toBe('updated');
    expect(github.comments.map((each) => each.body)).toEqual([`${body}more\n`]);
  });

  test('finds it behind a hundred others', async () => {
    talk(130);
    github.comments.push({ id: 500, body: '<!-- ballast-preview -->\nold', user: bot });
    talk(120);
    expect(await post()).toBe('updated');
    expect(github.comments.filter((each) => each.body === body).map(({ id }) => id)).toEqual([500]);
  });

  test('takes no comment of a person for its own, nor of another user where it knows its own', async () => {
    github.comments.push({ id: 1, body, user: { login: 'mallory', type: 'User' } });
    expect(await post()).toBe('created');
    github.login = 'deployer';
    github.comments.push({ id: 2, body: '<!-- ballast-preview -->\nold', user: { login: 'deployer', type: 'User' } });
    expect(await client().put(7, `${body}more\n`)).toBe('updated');
    expect(github.comments[2]?.body).toBe(`${body}more\n`);
  });

  test("passes over another bot's comment, which it may not edit", async () => {
    github.comments.push({
      id: 1,
      body: '<!-- ballast-preview -->\nother',
      user: { login: 'other[bot]', type: 'Bot' },
    });
    expect(await post()).toBe('created');
    expect(await client().put(7, `${body}more\n`)).toBe('updated');
    expect(github.comments.map((each) => each.body)).toEqual(['<!-- ballast-preview -->\nother', `${body}more\n`]);
  });

  test('finds the pull request by its head, and none after that has moved on', async () => {
    expect(await client().findOpen('acme:change', 'abc1')).toBe(7);
    expect(await client().findOpen('acme:change', 'abc2')).toBeUndefined();
    expect(await client().findOpen('mallory:change', 'abc1')).toBeUndefined();
    github.pullRequests.push({ number: 8, state: 'open', head: 'acme:change', sha: 'abc1', base: 'release' });
    expect(await client().findOpen('acme:change', 'abc1')).toBe(7);
    github.pullRequests.push({ number: 9, state: 'open', head: 'acme:change', sha: 'abc1', base: 'main' });
    await expect(client().findOpen('acme:change', 'abc1')).rejects.toThrow('several open pull requests: 7, 8, 9');
  });

  test('refuses a closed pull request', async () => {
    github.pullRequests.push({ number: 6, state: 'closed', head: 'acme:old', sha: 'abc0', base: 'main' });
    await expect(client().requireOpen(6)).rejects.toThrow('Pull request 6 is closed');
  });

  test.each([
    [401, {}, 'Bad credentials', 'GitHub does not know the token in GITHUB_TOKEN'],
    [403, {}, 'Resource not accessible', 'may not comment in acme/ballast; it needs pull-requests: write'],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' },
      'limit',
      'no more requests with this token until 2027-01-15T08:00:00.000Z',
    ],
    [429, { 'retry-after': '60' }, 'slow down', 'no more requests with this token for 60 s'],
    [404, {}, 'Not Found', 'acme/ballast has no such pull request, or the token in GITHUB_TOKEN may not see it'],
    [502, {}, 'Bad gateway', 'GitHub answers with 502'],
  ])('says what %i means', async (status, headers, message, sentence) => {
    github.refusal = { status, headers, message };
    const error: unknown = await post().catch((reason: unknown) => reason);
    expect((explained(error, 'acme/ballast') as Error).message).toContain(sentence);
  });

  test('says that GitHub does not answer', async () => {
    const comments = new PullRequestComments({ owner: 'acme', name: 'ballast', token: 't', url: 'http://127.0.0.1:9' });
    const error: unknown = await comments.put(7, body).catch((reason: unknown) => reason);
    expect((explained(error, 'acme/ballast') as Error).message).toContain('GitHub does not answer');
  });

  test('refuses a text that is no preview, or too long', () => {
    expect(() => readComment('# Hello', 'a.md')).toThrow('a.md does not begin with <!-- ballast-preview -->');
    expect(() => readComment(body + 'x'.repeat(65_536), 'a.md')).toThrow('GitHub takes 65536 in a comment');
  });

  describe('as a command', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'ballast-preview-'));
      writeFileSync(join(folder, 'comment.md'), body);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const command = (...args: readonly string[]) =>
      run(process.execPath, ['--no-warnings', 'commands/preview-post.ts', '--repository', 'acme/ballast', ...args], {
        cwd: root,
        env: { GITHUB_TOKEN: 't', GITHUB_API_URL: github.url },
      });

    test('says what it did, and that a head has moved on', async () => {
      const file = join(folder, 'comment.md');
      expect(await command('--pull-request', '7', '--file', file)).toEqual({
        code: 0,
        stdout: 'The comment on pull request 7 is created.\n',
        stderr: '',
      });
      const moved = await command('--head', 'acme:change', '--sha', 'abc2', '--file', file);
      expect(moved.code).toBe(0);
      expect(moved.stdout).toContain('No open pull request has the head acme:change at abc2');
      const wrong = await command('--pull-request', '7', '--head', 'acme:change', '--sha', 'abc2', '--file', file);
      expect(wrong).toMatchObject({ code: 1, stdout: '' });
      expect(wrong.stderr).toContain('preview:post needs --repository OWNER/NAME');
    });
  });
});
