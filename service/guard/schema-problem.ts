/** Something that is wrong with a caller's schema. */
export interface SchemaProblem {
  /** JSON pointer (RFC 6901) into the schema; empty for the whole. */
  readonly pointer: string;
  /** What is wrong there and what is allowed: a sentence without its subject, which is what the pointer points to. */
  readonly message: string;
}
