import { startStandin, type Standin, type StandinRequest } from '../standins/standin.ts';
import type { AnyFault } from '../standins/faults.ts';

/** A comment as GitHub's API tells of it. */
export interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' };
}

/** An open or closed pull request. */
export interface PullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed';
  /** `OWNER:BRANCH` */
  readonly head: string;
  readonly sha: string;
  /** Branch that it goes into; `main` is the default one. */
  readonly base: string;
}

/** A stand-in for what of GitHub's API comments need, for the repository `acme/ballast`. */
export interface GitHubStandIn {
  readonly url: string;
  readonly comments: Comment[];
  readonly pullRequests: PullRequest[];
  /** Method and path of every request, without those that only read. */
  readonly writes: string[];
  /** Who the token belongs to; a workflow's token may not ask. */
  login: string | undefined;
  /** Answers everything with this. */
  refusal: { readonly status: number; readonly headers?: Record<string, string>; readonly message: string } | undefined;
  close(): Promise<void>;
}

const self = { login: 'github-actions[bot]', type: 'Bot' } as const;

/** Starts it with a pull request 7 and no comment. */
export async function startGitHub(): Promise<GitHubStandIn> {
  const state: Omit<GitHubStandIn, 'url' | 'close'> = {
    comments: [],
    pullRequests: [{ number: 7, state: 'open', head: 'acme:change', sha: 'abc1', base: 'main' }],
    writes: [],
    login: undefined,
    refusal: undefined,
  };
  const standin: Standin<AnyFault> = await startStandin<AnyFault>({
    name: 'github',
    answer: (request) => {
      if (state.refusal !== undefined) {
        const { status, headers = {}, message } = state.refusal;
        return { status, headers, body: { message } };
      }
      return answer(request, state);
    },
  });
  return Object.assign(state, { url: standin.url, close: () => standin.close() });
}

function answer({ method, path, url, body }: StandinRequest, state: Omit<GitHubStandIn, 'url' | 'close'>) {
  const query = new URL(url, 'http://github').searchParams;
  const text = (body as { body?: string } | undefined)?.body ?? '';
  if (method !== 'GET') state.writes.push(`${method} ${path}`);
  if (path === '/user') {
    return state.login === undefined
      ? { status: 403, body: { message: 'Resource not accessible by integration' } }
      : { status: 200, body: { login: state.login } };
  }
  const pull = /^\/repos\/acme\/ballast\/pulls\/(\d+)$/.exec(path);
  if (pull) {
    const found = state.pullRequests.find(({ number }) => number === Number(pull[1]));
    return found ? { status: 200, body: found } : { status: 404, body: { message: 'Not Found' } };
  }
  if (path === '/repos/acme/ballast/pulls')
    return page(state.pullRequests.filter((each) => each.state === 'open').map(listed), query, url);
  if (path === '/repos/acme/ballast/issues/7/comments' && method === 'GET') return page(state.comments, query, url);
  if (path === '/repos/acme/ballast/issues/7/comments') {
    const comment: Comment = { id: 1_000 + state.comments.length, body: text, user: self };
    state.comments.push(comment);
    return { status: 201, body: comment };
  }
  const edited = /^\/repos\/acme\/ballast\/issues\/comments\/(\d+)$/.exec(path);
  const comment = state.comments.find(({ id }) => id === Number(edited?.[1]));
  if (comment === undefined) return { status: 404, body: { message: 'Not Found' } };
  if (comment.user.login !== (state.login ?? self.login))
    return { status: 403, body: { message: 'Must have admin rights' } };
  comment.body = text;
  return { status: 200, body: comment };
}

const listed = ({ number, state, head, sha, base }: PullRequest) => ({
  number,
  state,
  head: { label: head, sha },
  base: { ref: base, repo: { default_branch: 'main' } },
});

/** At most 100 at once, with a link to what follows, as GitHub does. */
function page(all: readonly object[], query: URLSearchParams, url: string) {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const number = Number(query.get('page') ?? 1);
  const next = new URL(url, 'http://github');
  next.searchParams.set('page', String(number + 1));
  const hasMore = number * size < all.length;
  // The stand-in's own address is not known here; the client takes the path.
  return {
    status: 200,
    headers: hasMore ? { link: `<${next.pathname}${next.search}>; rel="next"` } : {},
    body: all.slice((number - 1) * size, number * size),
  };
}
