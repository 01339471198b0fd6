import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Config } from '../contract/config.ts';
import { scopes, type Scope } from '../contract/http.ts';
import { priorities, type Priority } from '../contract/metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { PublishedKeys } from './published-keys.ts';

/** Who asks, as the token says. */
export interface Caller {
  readonly subject: string;
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The most urgent priority that its questions can have: the claim `priority`, `normal` without one. */
  readonly priority: Priority;
}

/** The token cannot be accepted; the message says why, and never holds any of it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** The identity provider's keys were never fetched yet, so that no token of its can be checked. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  override readonly message = "the identity provider's keys could not be fetched yet; ask again";
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

/** Verifies bearer tokens by a shared secret, the previous one, or the identity provider's published keys. */
export class TokenVerifier {
  readonly #config: TokenConfig;
  readonly #secrets: readonly Uint8Array[];
  readonly #published: PublishedKeys | undefined;

  constructor(config: TokenConfig, log: Logger) {
    this.#config = config;
    this.#published = config.JWKS_URL === undefined ? undefined : new PublishedKeys(config.JWKS_URL, log);
    this.#secrets = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS]
      .filter((secret) => secret !== undefined)
      .map((secret) => new TextEncoder().encode(secret));
  }

  /** Fetches the published keys, now and then in the background. Resolves after the first try. */
  async start(): Promise<void> {
    await this.#published?.start();
  }

  close(): void {
    this.#published?.close();
  }

  /**
   * @throws {TokenError} when the token is not acceptable.
   * @throws {KeysUnavailableError} when that cannot be told yet.
   */
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
      if (this.#published && decodeProtectedHeader(token).alg !== 'HS256') {
        const { keys } = this.#published;
        if (!keys) throw new KeysUnavailableError();
        return (await jwtVerify(token, keys, { ...claims, algorithms: publishedAlgorithms })).payload;
      }
      return await this.#verifyBySecret(token, claims);
    } catch (error) {
      if (error instanceof TokenError || error instanceof KeysUnavailableError) throw error;
      throw new TokenError(reasonOf(error));
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
}

function callerOf(payload: JWTPayload): Caller {
  const { sub, tenant, scope, priority } = payload;
  if (typeof tenant !== 'string' || !tenantPattern.test(tenant)) {
    throw new TokenError(
      'its claim `tenant` must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and start with a letter or digit',
    );
  }
  const allowed = priorities.find((name) => name === (priority ?? 'normal'));
  if (allowed === undefined) throw new TokenError(`its claim \`priority\` must be one of ${priorities.join(', ')}`);
  const granted = typeof scope === 'string' ? scope.split(' ') : [];
  return {
    subject: sub ?? tenant,
    tenant,
    priority: allowed,
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
