import { marker } from '../../infra/preview/comment.ts';
import { Failure } from '../failure.ts';

/** What GitHub takes, in characters. */
const mostCharacters = 65_536;

/**
 * The text of a comment, checked.
 *
 * @throws {Failure} when `npm run preview` did not print it, or GitHub would refuse it.
 */
export function readComment(text: string, file: string): string {
  if (!text.startsWith(`${marker}\n`)) {
    throw new Failure(`${file} does not begin with ${marker}: it is not what npm run -s preview prints`);
  }
  if (text.length > mostCharacters) {
    throw new Failure(`${file} has ${text.length} characters, and GitHub takes ${mostCharacters} in a comment`);
  }
  return text;
}
