import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Failure } from './failure.ts';
import { readRunning } from './running.js';
import { stackEnvironment } from './stack-environment.ts';
import { prepareFolders } from './state.ts';

/** What a token says. */
export interface TokenClaims {
  readonly tenant: string;
  readonly scope: string;
  readonly hours: number;
}

/** What `npm run token` prints by default. */
export const defaultClaims: TokenClaims = { tenant: 'local', scope: 'query ingest admin', hours: 24 };

/** What a service checks tokens by. */
export interface Signer {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Signs a token that the local stack accepts: with the running service's secret, else with the one `up` will use. */
export async function signLocalToken(claims: TokenClaims): Promise<string> {
  return signToken(localSigner(), `local-${claims.tenant}`, claims);
}

/** Signs a token. */
export async function signToken(
  { secret, issuer, audience }: Signer,
  subject: string,
  { tenant, scope, hours }: TokenClaims,
): Promise<string> {
  return new SignJWT({ tenant, scope })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setJti(randomUUID())
    .setExpirationTime(new Date(Date.now() + hours * 3_600_000))
    .sign(new TextEncoder().encode(secret));
}

function localSigner(): Signer {
  const { jwtSecret, jwtIssuer, jwtAudience } = readRunning() ?? futureService();
  if (jwtSecret !== undefined) return { secret: jwtSecret, issuer: jwtIssuer, audience: jwtAudience };
  throw new Failure('The service checks tokens by JWKS_URL alone: ask that identity provider for one.');
}

/** What the next `up` will check tokens by. */
function futureService() {
  prepareFolders();
  const { config } = stackEnvironment();
  return { jwtSecret: config.JWT_SECRET, jwtIssuer: config.JWT_ISSUER, jwtAudience: config.JWT_AUDIENCE };
}
