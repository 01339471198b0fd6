import type { StackConfig } from '../../infra/config.ts';
import { Cluster } from '../doctor/cluster.ts';
import { Failure } from '../failure.ts';
import { defaultClaims, signLocalToken, signToken } from '../local-token.ts';
import { readRunning } from '../running.js';
import type { Credential } from './canary.ts';

/** The token to check a service with: the one that is given, that of `BALLAST_TOKEN`, or one for the stack that runs here. */
export async function credentialFor(url: string, given: string | undefined): Promise<Credential> {
  const token = givenToken(given);
  if (token !== undefined) return { token };
  const running = readRunning();
  if (!running || hostOf(running.url) !== hostOf(url)) {
    return { missing: 'give one with scope admin by --token T or BALLAST_TOKEN' };
  }
  return signed(() => signLocalToken(defaultClaims));
}

/**
 * The token to check a deployed stack with: the one that is given, that of `BALLAST_TOKEN`, or one of 15 minutes, longer than a
 * smoke test may take, that is signed with the stack's own secret, as far as the caller may read it.
 */
export async function stackCredential(
  { namespace, context, api }: StackConfig,
  given: string | undefined,
): Promise<Credential> {
  const token = givenToken(given);
  if (token !== undefined) return { token };
  return signed(async () => {
    const secret = await new Cluster(context).secret(namespace, 'api-keys', 'jwt-secret').catch((error: unknown) => {
      throw new Failure(`the Secret api-keys in the namespace ${namespace} is not read: ${(error as Error).message}`);
    });
    if (secret === undefined) throw new Failure(`there is no Secret api-keys in the namespace ${namespace}`);
    const { JWT_ISSUER: issuer = 'ballast', JWT_AUDIENCE: audience = 'ballast' } = api.environment;
    return signToken({ secret, issuer, audience }, 'check', { ...defaultClaims, tenant: 'check', hours: 15 / 60 });
  });
}

/** @throws {Failure} when it cannot be sent. */
function givenToken(given: string | undefined): string | undefined {
  const token = given ?? (process.env['BALLAST_TOKEN'] || undefined);
  // A line break would be an invalid header, and be told with the token in it.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new Failure('The token must be one word of ASCII.');
  return token;
}

async function signed(sign: () => Promise<string>): Promise<Credential> {
  try {
    return { token: await sign() };
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
