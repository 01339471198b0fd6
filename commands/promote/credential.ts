import { Failure } from '../failure.ts';
import { defaultClaims, signLocalToken } from '../local-token.ts';
import { readRunning } from '../running.js';
import type { Credential } from './canary.ts';

/** The token to check a service with: the one that is given, that of `BALLAST_TOKEN`, or one for the stack that runs here. */
export async function credentialFor(url: string, given: string | undefined): Promise<Credential> {
  const token = given ?? (process.env['BALLAST_TOKEN'] || undefined);
  // A line break would be an invalid header, and be told with the token in it.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new Failure('The token must be one word of ASCII.');
  if (token !== undefined) return { token };
  const running = readRunning();
  if (!running || hostOf(running.url) !== hostOf(url)) {
    return { missing: 'give one with scope admin by --token T or BALLAST_TOKEN' };
  }
  try {
    return { token: await signLocalToken(defaultClaims) };
  } catch (error) {
    if (error instanceof Failure) return { missing: error.message };
    throw error;
  }
}

/** Host and port, with one name for this machine. */
function hostOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port}`;
}
