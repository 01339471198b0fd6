import { z } from 'zod';

/** What the documentation, `.env.example` and the error messages say about one environment variable. */
export interface VariableMeta {
  /** The section of the documentation's table. */
  readonly group: string;
  /** One sentence: what the variable decides, with its unit. */
  readonly description: string;
  /** What is allowed, as it is printed when a value is not. */
  readonly allowed: string;
  /** Its value is never printed: not in an error, not in `/config`, not in a log. */
  readonly secret?: true;
}

type Text = Omit<VariableMeta, 'allowed'>;

function variable<T>(allowed: string, meta: Text, parse: (text: string) => T | undefined) {
  return untrimmed(allowed, meta, (text) => parse(text.trim()));
}

function untrimmed<T>(allowed: string, meta: Text, parse: (text: string) => T | undefined) {
  return z
    .string()
    .transform((text, issues): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      issues.addIssue({ code: 'custom', message: allowed });
      return z.NEVER;
    })
    .meta({ ...meta, allowed });
}

const decimal = /^-?\d+(\.\d+)?$/;

/** A whole number from `min` to `max`, both allowed. */
export const integer = (min: number, max: number, meta: Text) =>
  variable(`a whole number from ${min} to ${max}`, meta, (text) => {
    const value = Number(text);
    return /^-?\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });

/** A decimal number from `min` to `max`, both allowed. */
export const number = (min: number, max: number, meta: Text, note = '') =>
  variable(`a number from ${min} to ${max}${note}`, meta, (text) => {
    const value = Number(text);
    return decimal.test(text) && value >= min && value <= max ? value : undefined;
  });

/** `true` or `false`, also written 1, 0, yes, no, on, off. */
export const flag = (meta: Text) =>
  variable('true or false', meta, (text) => {
    if (/^(true|1|yes|on)$/i.test(text)) return true;
    return /^(false|0|no|off)$/i.test(text) ? false : undefined;
  });

/** One of a few words. */
export const oneOf = <const T extends readonly string[]>(values: T, meta: Text) =>
  variable(`one of ${values.join(', ')}`, meta, (text) => values.find((value): value is T[number] => value === text));

/** Text that matches a pattern. */
export const text = (allowed: string, pattern: RegExp, meta: Text) =>
  variable(allowed, meta, (value) => (pattern.test(value) ? value : undefined));

/** A secret of at least `bytes` bytes, taken exactly as it is. */
export const secret = (allowed: string, bytes: number, meta: Omit<Text, 'secret'>) =>
  untrimmed(allowed, { ...meta, secret: true }, (value) => (Buffer.byteLength(value) >= bytes ? value : undefined));

/** A name in HTTP (RFC 9110, 5.6.2), and a value once its percent-encoding is undone. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\x20-\x7e]+$/;

/**
 * Headers as `name=value,name=value`, with values percent-encoded where they hold a comma or the like.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export const secretHeaders = (meta: Omit<Text, 'secret'>) =>
  variable('name=value pairs, separated by commas, values percent-encoded', { ...meta, secret: true }, (value) =>
    headersIn(value) === undefined ? undefined : value,
  );

/** The headers in the value of such a variable; `undefined` when it is not of the form. */
export function headersIn(value: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of value.split(',')) {
    const [name = '', ...rest] = pair.split('=');
    const decoded = percentDecoded(rest.join('=').trim());
    if (!headerName.test(name.trim()) || decoded === undefined || !headerValue.test(decoded)) return undefined;
    headers[name.trim()] = decoded;
  }
  return headers;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** An absolute URL with one of the given schemes. */
export const url = (schemes: readonly string[], meta: Text) =>
  variable(
    `an absolute URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    meta,
    (value) => {
      const parsed = URL.parse(value);
      return parsed?.host && schemes.some((scheme) => value.toLowerCase().startsWith(`${scheme}://`))
        ? value
        : undefined;
    },
  );

/**
 * Where a project of Sentry takes reports: a URL with its public key as the user and its number at the end. The words of
 * the pattern are those that the SDK takes, which prints the whole URL when it takes none.
 */
export const sentryDsn = (meta: Omit<Text, 'secret'>) =>
  variable(
    'a URL such as https://PUBLIC_KEY@HOST/PROJECT_ID, whose project ID is a number',
    { ...meta, secret: true },
    (value) => {
      const pattern = /^https?:\/\/\w+(:\w+)?@(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?(\/[\w.-]+)*\/\d+$/;
      return pattern.test(value) && URL.canParse(value) ? value : undefined;
    },
  );

/** A list separated by commas, each entry of which must satisfy `isEntry`. */
export const list = (allowed: string, isEntry: (entry: string) => boolean, meta: Text) =>
  variable(allowed, meta, (value) => {
    const entries = value.split(',').map((entry) => entry.trim());
    return entries.every(isEntry) ? entries : undefined;
  });
