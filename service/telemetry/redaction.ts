const rules: readonly (readonly [RegExp, string])[] = [
  // A JSON Web Token, or what is left of one: base64url parts, the first of which is a JSON object and so starts with `eyJ`.
  [/eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*/g, '[redacted]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
  [/:\/\/[^/\s]+@/g, '://[redacted]@'],
  // A key as OpenAI and those that copy it hand out, which they quote in the error for a wrong one.
  [/\bsk-[A-Za-z0-9_*-]{8,}/g, '[redacted]'],
  [
    /((?:access|refresh|id|api)_?token|api[_-]?key|password|secret)(\\?["']?\s*[=:]\s*)(\\?"[^"]*"|\\?'[^']*'|[^\s"'&,;]+)/gi,
    '$1$2[redacted]',
  ],
];

/** Hides tokens, credentials in URLs and `name=value` secrets in text that came from elsewhere, such as an error. */
export function redact(text: string): string {
  return rules.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}
