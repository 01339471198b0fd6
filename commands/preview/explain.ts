import { Failure } from '../failure.ts';
import { headersOf, isRateLimit, statusOf } from './pull-request-comments.ts';

/** What went wrong at GitHub, as a sentence that says what to do; other errors as they are. */
export function explained(error: unknown, repository: string): unknown {
  if (error instanceof Failure) return error;
  const status = statusOf(error);
  const said = (error as Error).message.split('\n')[0] ?? '';
  if (status === undefined) return new Failure(`GitHub does not answer: ${said}`);
  if (isRateLimit(error)) return new Failure(`GitHub takes no more requests with this token${until(error)}: ${said}`);
  if (status === 401) return new Failure(`GitHub does not know the token in GITHUB_TOKEN: ${said}`);
  if (status === 403) {
    return new Failure(
      `The token in GITHUB_TOKEN may not comment in ${repository}; it needs pull-requests: write. ${said}`,
    );
  }
  if (status === 404) {
    return new Failure(`${repository} has no such pull request, or the token in GITHUB_TOKEN may not see it: ${said}`);
  }
  return new Failure(`GitHub answers with ${status}: ${said}`);
}

function until(error: unknown): string {
  const { 'retry-after': seconds, 'x-ratelimit-reset': reset } = headersOf(error);
  if (seconds !== undefined) return ` for ${seconds} s`;
  return reset === undefined ? '' : ` until ${new Date(Number(reset) * 1000).toISOString()}`;
}
