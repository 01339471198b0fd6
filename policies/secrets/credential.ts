import { isPlaceholder, isReference, type Holder } from './literal.ts';

/**
 * Credentials that are known by how they look. Who hands them out made them so on purpose:
 * https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns
 */
export const formats: readonly (readonly [title: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ['an access key of AWS', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['a token of GitHub', /\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{22})/],
  ['a token of GitLab', /\bglpat-[\w-]{20}/],
  ['a token of Slack', /\bxox[a-z]-[A-Za-z0-9-]{10}/],
  ['a webhook of Slack', /hooks\.slack\.com\/services\/\w+\/\w+\/\w{16}/],
  ['an API key that begins with sk-', /(?<![\w-])sk-(?=[\w-]{0,200}\d)[\w-]{20}/],
  ['a key of Stripe', /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}/],
  ['an API key of Google', /\bAIza[\w-]{35}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}/],
  ['a token of Hugging Face', /\bhf_[A-Za-z0-9]{30}/],
  ['a token of Vault', /\bhv[bs]\.[\w-]{24}/],
  ['a key of SendGrid', /\bSG\.[\w-]{16,64}\.[\w-]{16}/],
  ['a login of a registry', /"auths"\s*:\s*\{(?:(?!"auths")[^]){0,2000}?"auth"\s*:\s*"(?=[A-Za-z0-9+/=]{8})[^"]*"/],
  ['an account key of Azure', /\bAccountKey=[A-Za-z0-9+/]{40}/],
  ['a JSON Web Token', /\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8}/],
  ['an Authorization header', /\b(?:Basic|Bearer)\s+(?=[^\s"']{0,200}[\d=])[A-Za-z0-9+/._~-]{16}/],
];

/** What has a password at a place of it, which may be a reference too. */
export const withPassword: readonly (readonly [title: string, pattern: RegExp])[] = [
  // `scheme://user:password@host`, where the user may be empty.
  ['a URL with a password', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"'<>]{0,200}:([^\s/?#@"'<>]{1,200})@/gi],
  // `user:password@tcp(host:3306)/database`, as Go's driver of MySQL has it.
  ['an address with a password', /(?<![\w.-])[\w.-]{1,100}:([^\s@"'<>]{1,200})@(?:tcp|unix)[46]?\(/g],
  [
    'a statement with a password',
    /\b(?:WITH|(?:ROLE|USER)\s+\S{1,100})(?:\s+[A-Z]{1,20}){0,5}\s+PASSWORD\s+'([^'\n]{1,200})'/gi,
  ],
  ['a statement with a password', /\bIDENTIFIED\s+(?:WITH\s+\S{1,100}\s+)?BY\s+'([^'\n]{1,200})'/gi],
];

/** What credentials a text has by how they look: `a private key`. None of them is shown. */
export function credentialsIn(text: string, holder: Holder): string[] {
  const isGiven = (password = '') => !isReference(password, holder) && !isPlaceholder(password);
  const found = [
    ...formats.filter(([, pattern]) => pattern.test(text)),
    ...withPassword.filter(([, pattern]) => [...text.matchAll(pattern)].some(([, password]) => isGiven(password))),
  ];
  return [...new Set(found.map(([title]) => title))];
}
