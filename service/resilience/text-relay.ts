/** Someone who reads along while a text is written. */
export interface TextReader {
  /** Is given each piece of the text, in order and once. */
  readonly onText: (text: string) => void;
}

/** Passes a text on to everyone who reads along, from its start, whenever they came. */
export class TextRelay {
  /** How many characters each reader was given. */
  readonly #given = new Map<TextReader, number>();
  #text = '';
  #delivered = false;

  /** The text so far. */
  get text(): string {
    return this.#text;
  }

  /** Whether some reader was given text, so that nobody may start over with another. */
  get delivered(): boolean {
    return this.#delivered;
  }

  /** Adds to the text, and passes it on. */
  push(text: string): void {
    this.#text += text;
    for (const reader of this.#given.keys()) this.#deliver(reader, text);
  }

  /**
   * Throws away the text of a failed attempt.
   *
   * @throws {Error} when some of it was delivered.
   */
  reset(): void {
    if (this.#delivered) throw new Error('text that a reader was given cannot be thrown away: look at delivered first');
    this.#text = '';
  }

  /** Lets a reader read along; what there is so far is passed on at once. */
  add(reader: TextReader): void {
    this.#given.set(reader, 0);
    this.#deliver(reader, this.#text);
  }

  /** Gives a reader nothing more. */
  remove(reader: TextReader): void {
    this.#given.delete(reader);
  }

  /** A reader may add text or readers while it is given some; so what each was given is counted, not assumed. */
  #deliver(reader: TextReader, last: string): void {
    const given = this.#given.get(reader) ?? 0;
    if (given === this.#text.length) return;
    this.#given.set(reader, this.#text.length);
    this.#delivered = true;
    try {
      // Mostly the last piece is what is missing. To slice the whole would copy it once for each piece.
      reader.onText(given + last.length === this.#text.length ? last : this.#text.slice(given));
    } catch {
      // Its client is gone or broken; that is no reason to disturb the model or the others.
      this.#given.delete(reader);
    }
  }
}
