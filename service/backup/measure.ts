import { createHash } from 'node:crypto';

/** Counts and hashes what passes through {@link of}. */
export class Measure {
  readonly #hash = createHash('sha256');
  bytes = 0;

  /** The same content, piece by piece. */
  async *of(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      this.#hash.update(piece);
      this.bytes += piece.length;
      yield piece;
    }
  }

  /** Of everything, in hexadecimal digits; once. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** Bytes and SHA-256 of a content that nobody wants to keep. */
export async function measured(content: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }> {
  const measure = new Measure();
  const pieces = measure.of(content);
  while (!(await pieces.next()).done);
  return { bytes: measure.bytes, sha256: measure.sha256() };
}
