import { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { Config } from '../contract/config.ts';
import { scopes, type Scope } from '../contract/http.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Caller } from './request-context.ts';

/** The token cannot be accepted; the message says why, and never holds any of it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** What the verifier needs of the configuration. */
export type TokenConfig = Pick<
  Config,
  'JWT_SECRET' | 'JWT_SECRET_PREVIOUS' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'
>;

/** Names that a tenant can have. It never starts with `_`, which the shared corpus does. */
export const tenantPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Asymmetric signatures of RFC 7518 and RFC 8037 that a published key may make. */
const publishedAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const refreshMs = 5 * 60 * 1000;
const retryMs = 5_000;
const fetchTimeoutMs = 5_000;
const maxJwksBytes = 262_144;

/** Verifies bearer tokens by a shared secret, the previous one, or the identity provider's published keys. */
export class TokenVerifier {
  readonly #config: TokenConfig;
  readonly #log: Logger;
  readonly #secrets: readonly Uint8Array[];
  #published: ReturnType<typeof createLocalJWKSet> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(config: TokenConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#secrets = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS]
      .filter((secret) => secret !== undefined)
      .map((secret) => new TextEncoder().encode(secret));
  }

  /** Fetches the published keys, then again every five minutes. The last good ones are kept meanwhile. */
  async start(): Promise<void> {
    if (this.#config.JWKS_URL === undefined) return;
    const fetched = await this.#fetchKeys(this.#config.JWKS_URL);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), fetched ? refreshMs : retryMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** @throws {TokenError} when the token is not acceptable. */
  async verify(token: string): Promise<Caller> {
    return callerOf(await this.#payloadOf(token));
  }

  async #payloadOf(token: string): Promise<JWTPayload> {
    const claims = {
      issuer: this.#config.JWT_ISSUER,
      audience: this.#config.JWT_AUDIENCE,
      requiredClaims: ['exp'],
      clockTolerance: 5,
    };
    try {
      if (decodeProtectedHeader(token).alg !== 'HS256' && this.#published) {
        return (await jwtVerify(token, this.#published, { ...claims, algorithms: publishedAlgorithms })).payload;
      }
      return await this.#verifyBySecret(token, claims);
    } catch (error) {
      throw error instanceof TokenError ? error : new TokenError(reasonOf(error));
    }
  }

  async #verifyBySecret(token: string, claims: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload> {
    for (const secret of this.#secrets) {
      try {
        return (await jwtVerify(token, secret, { ...claims, algorithms: ['HS256'] })).payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      }
    }
    throw new TokenError('its signature is not by a key of this service');
  }

  async #fetchKeys(url: string): Promise<boolean> {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: 'error' });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      const body = await response.text();
      if (body.length > maxJwksBytes) throw new Error(`answered more than ${maxJwksBytes} bytes`);
      this.#published = createLocalJWKSet(JSON.parse(body) as JSONWebKeySet);
      return true;
    } catch (err) {
      this.#log.warn({ err, kept: this.#published !== undefined }, 'JWKS_URL cannot be read');
      return false;
    }
  }
}

function callerOf(payload: JWTPayload): Caller {
  const { sub, tenant, scope } = payload;
  if (typeof tenant !== 'string' || !tenantPattern.test(tenant)) {
    throw new TokenError(
      'its claim `tenant` must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and start with a letter or digit',
    );
  }
  const granted = typeof scope === 'string' ? scope.split(' ') : [];
  return {
    subject: sub ?? tenant,
    tenant,
    scopes: new Set(scopes.filter((name): name is Scope => granted.includes(name))),
  };
}

/** Why a token was refused, in words that hold nothing of the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim \`${error.claim}\` is missing or not the expected one`;
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
    return 'its signature is not by a key of this service';
  }
  return 'it is not a JSON Web Token that this service accepts';
}
