import { destination, type DestinationStream } from 'pino';

/** What is held while standard output cannot be written, in bytes. */
const mostHeldBytes = 1_048_576;

/**
 * The standard output of this process. What it does not take, such as a file on a full disk, is held and comes before
 * the next line that it takes; a line for which there is no room is lost. That it fails is said once on standard error.
 *
 * The library's own `flushSync`, which pino calls after a fatal line, would not return while a disk is full.
 */
export class StandardOutput implements DestinationStream {
  readonly #output = destination({ dest: 1, sync: true, maxLength: mostHeldBytes });

  constructor() {
    this.#output.once('error', (error: Error) => console.error(`the log cannot be written: ${error.message}`));
    this.#output.on('error', () => undefined);
    // A line without room is not tried, nor is what takes the room.
    this.#output.on('drop', () => this.writeHeld());
  }

  /** Writes a line before it returns. Never fails. */
  write(line: string): void {
    this.#output.write(line);
  }

  /** Tries once more to write what is held. Never fails. */
  writeHeld(): void {
    // The library does so with each write, and in no other way that ends on a full disk.
    this.#output.write('');
  }
}
