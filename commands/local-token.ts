import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { environmentSchema } from '../service/contract/config.ts';
import { Failure } from './failure.ts';
import { readRunning } from './running.js';
import { localJwtSecret, prepareFolders } from './state.ts';

/** What a token says. */
export interface TokenClaims {
  readonly tenant: string;
  readonly scope: string;
  readonly hours: number;
}

/** What `npm run token` prints by default. */
export const defaultClaims: TokenClaims = { tenant: 'local', scope: 'query ingest admin', hours: 24 };

/** Signs a token that the local stack accepts: with the running service's secret, else with the one `up` will use. */
export async function signLocalToken({ tenant, scope, hours }: TokenClaims): Promise<string> {
  const { secret, issuer, audience } = signer();
  return new SignJWT({ tenant, scope })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(`local-${tenant}`)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setJti(randomUUID())
    .setExpirationTime(`${hours}h`)
    .sign(new TextEncoder().encode(secret));
}

function signer(): { secret: string; issuer: string; audience: string } {
  const running = readRunning();
  if (running) {
    const { jwtSecret, jwtIssuer, jwtAudience } = running;
    if (jwtSecret !== undefined) return { secret: jwtSecret, issuer: jwtIssuer, audience: jwtAudience };
    throw new Failure('The service checks tokens by JWKS_URL alone: ask that identity provider for one.');
  }
  const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = process.env;
  prepareFolders();
  return {
    secret: JWT_SECRET || localJwtSecret(),
    issuer: environmentSchema.shape.JWT_ISSUER.parse(JWT_ISSUER || undefined),
    audience: environmentSchema.shape.JWT_AUDIENCE.parse(JWT_AUDIENCE || undefined),
  };
}
