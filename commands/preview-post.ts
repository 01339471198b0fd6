import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Failure, runCommand } from './failure.ts';
import { explained } from './preview/explain.ts';
import { PullRequestComments } from './preview/pull-request-comments.ts';
import { readComment } from './preview/read-comment.ts';

const usage =
  'preview:post needs --repository OWNER/NAME, --file FILE, and --pull-request N or both --head OWNER:BRANCH and --sha SHA';

// npm run preview:post: the comment on GitHub, made or brought up to date. The token is in GITHUB_TOKEN.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      repository: { type: 'string' },
      'pull-request': { type: 'string' },
      head: { type: 'string' },
      sha: { type: 'string' },
      file: { type: 'string' },
    },
  });
  const { repository = '', 'pull-request': given, head, sha, file } = values;
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  const byHead = head !== undefined && sha !== undefined;
  if (owner === undefined || name === undefined || file === undefined || (given === undefined) !== byHead) {
    throw new Failure(usage);
  }
  if (given !== undefined && !/^[1-9]\d{0,9}$/.test(given)) {
    throw new Failure(`--pull-request ${JSON.stringify(given)} is not the number of a pull request`);
  }
  const token = process.env['GITHUB_TOKEN'] ?? '';
  if (token === '') throw new Failure('GITHUB_TOKEN is empty: preview:post needs a token that may write pull requests');
  const body = readComment(readFileSync(file, 'utf8'), file);
  const comments = new PullRequestComments({ owner, name, token, url: process.env['GITHUB_API_URL'] });
  try {
    const number = given === undefined ? await comments.findOpen(head ?? '', sha ?? '') : Number(given);
    if (number === undefined) {
      console.log(`No open pull request has the head ${head} at ${sha}: it has moved on, and nothing is to be said.`);
      return;
    }
    if (given !== undefined) await comments.requireOpen(number);
    console.log(`The comment on pull request ${number} is ${await comments.put(number, body)}.`);
  } catch (error) {
    throw explained(error, repository);
  }
});
