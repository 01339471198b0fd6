/** Where a registry says that a token is to be had. */
export interface Challenge {
  /** Address of the token server. */
  readonly realm: string;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/**
 * The `Bearer` challenge of a `WWW-Authenticate` header; `undefined` when there is none with a realm.
 *
 * RFC 9110, section 11.6.1; what the parameters mean: https://distribution.github.io/distribution/spec/auth/token/
 */
export function bearerChallenge(header: string): Challenge | undefined {
  const parameters = new Map<string, string>();
  let scheme = '';
  // A name with `=` is a parameter of the scheme before it, and a name without one is the next scheme.
  for (const [, name = '', quoted, plain] of header.matchAll(
    /([\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g,
  )) {
    if (quoted === undefined && plain === undefined) scheme = name.toLowerCase();
    else if (scheme === 'bearer') parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  }
  const realm = parameters.get('realm');
  return realm === undefined
    ? undefined
    : { realm, service: parameters.get('service'), scope: parameters.get('scope') };
}
