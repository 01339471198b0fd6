import { Octokit } from '@octokit/rest';
import { marker } from '../../infra/preview/comment.ts';
import { Failure } from '../failure.ts';

/** Longest wait for one answer, in milliseconds. */
const timeoutMs = 30_000;

/** Where the pull request is, and who speaks. */
export interface RepositoryAccess {
  readonly owner: string;
  readonly name: string;
  readonly token: string;
  /** @default 'https://api.github.com' */
  readonly url?: string | undefined;
}

/** The one comment of the preview on each pull request of a repository. */
export class PullRequestComments {
  readonly #octokit: Octokit;
  readonly #repository: { readonly owner: string; readonly repo: string };

  constructor({ owner, name, token, url = 'https://api.github.com' }: RepositoryAccess) {
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    this.#octokit = new Octokit({
      auth: token,
      baseUrl: url.replace(/\/+$/, ''),
      userAgent: 'ballast-preview',
      log: silent,
    });
    // A request that is never answered would hold the run until the workflow's own limit.
    this.#octokit.hook.before('request', (options) => {
      options.request.signal ??= AbortSignal.timeout(timeoutMs);
    });
    this.#repository = { owner, repo: name };
  }

  /**
   * Number of the open pull request whose head is exactly this commit; nothing where there is none any more.
   *
   * @param head `OWNER:BRANCH`.
   * @throws {Failure} when there are several, and not just one of them goes into the default branch.
   */
  async findOpen(head: string, sha: string): Promise<number | undefined> {
    const listed = await this.#octokit.paginate('GET /repos/{owner}/{repo}/pulls', {
      ...this.#repository,
      state: 'open',
      head,
      per_page: 100,
    });
    // The filter is ignored where the branch is unknown, so that both are compared here.
    const found = listed.filter((each) => each.head.label === head && each.head.sha === sha);
    if (found.length <= 1) return found[0]?.number;
    const [first, ...others] = found.filter(({ base }) => base.ref === base.repo.default_branch);
    if (first !== undefined && others.length === 0) return first.number;
    const numbers = found.map(({ number }) => number).join(', ');
    throw new Failure(
      `The head ${head} is that of several open pull requests: ${numbers}. Say which: --pull-request N`,
    );
  }

  /** @throws {Failure} when a pull request is not open. */
  async requireOpen(number: number): Promise<void> {
    const { data } = await this.#octokit.rest.pulls.get({ ...this.#repository, pull_number: number });
    if (data.state !== 'open')
      throw new Failure(`Pull request ${number} is ${data.state}: nothing is said there any more`);
  }

  /** Makes the comment, or brings the one that is there up to date. */
  async put(number: number, body: string): Promise<'created' | 'updated' | 'unchanged'> {
    for (const comment of await this.#own(number)) {
      // GitHub keeps line breaks as they came, and drops those at the end.
      if (comment.body.replaceAll('\r\n', '\n').trimEnd() === body.trimEnd()) return 'unchanged';
      if (await this.#update(comment.id, body)) return 'updated';
    }
    await this.#octokit.rest.issues.createComment({ ...this.#repository, issue_number: number, body });
    return 'created';
  }

  /**
   * Comments that begin with the marker and are by the token's own user, the oldest first. The token of a workflow belongs to no
   * user that it could ask for: then those by bots count, since a person cannot write as one.
   */
  async #own(number: number): Promise<readonly { id: number; body: string }[]> {
    const comments = await this.#octokit.paginate(this.#octokit.rest.issues.listComments, {
      ...this.#repository,
      issue_number: number,
      per_page: 100,
    });
    const marked = comments.filter(({ body }) => body?.startsWith(marker) === true);
    if (marked.length === 0) return [];
    const login = await this.#login();
    const own = marked.filter(({ user }) => (login === undefined ? user?.type === 'Bot' : user?.login === login));
    return own.map(({ id, body = '' }) => ({ id, body }));
  }

  async #login(): Promise<string | undefined> {
    try {
      return (await this.#octokit.rest.users.getAuthenticated()).data.login;
    } catch (error) {
      if ([403, 404].includes(statusOf(error) ?? 0) && !isRateLimit(error)) return undefined;
      throw error;
    }
  }

  /** False where the comment is another bot's, or gone. */
  async #update(id: number, body: string): Promise<boolean> {
    try {
      await this.#octokit.rest.issues.updateComment({ ...this.#repository, comment_id: id, body });
      return true;
    } catch (error) {
      if ((statusOf(error) === 403 && !isRateLimit(error)) || statusOf(error) === 404) return false;
      throw error;
    }
  }
}

/** Status of an answer that is an error; nothing for other errors. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && 'response' in error && error.response !== undefined
    ? Number(error.status)
    : undefined;

/** Whether GitHub refuses because of the number of requests, and not because of what they ask for. */
export function isRateLimit(error: unknown): boolean {
  const headers = headersOf(error);
  const status = statusOf(error);
  return (
    status === 429 ||
    (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined))
  );
}

/** Headers of an answer that is an error. */
export function headersOf(error: unknown): Readonly<Record<string, string | undefined>> {
  const { response } = error as { response?: { headers?: Record<string, string> } };
  return response?.headers ?? {};
}
