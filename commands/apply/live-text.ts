import { stdout } from 'node:process';
import { clearScreenDown, moveCursor } from 'node:readline';

/** Text on a terminal that is replaced by what it becomes; elsewhere, each line that is new is printed. */
export class LiveText {
  #shown: readonly string[] = [];

  /** @param progress Changes all the time, and stands below on a terminal alone. */
  show(text: string, progress: string): void {
    const lines = text.split('\n');
    if (stdout.isTTY) {
      moveCursor(stdout, 0, -this.#shown.length);
      clearScreenDown(stdout);
      // A line that is broken by the terminal would be two to move over.
      this.#shown = [...lines, '', progress].map((line) => line.slice(0, stdout.columns - 1));
      stdout.write(`${this.#shown.join('\n')}\n`);
    } else {
      const fresh = lines.filter((line) => !this.#shown.includes(line));
      if (fresh.length > 0) stdout.write(`${fresh.join('\n')}\n`);
      this.#shown = lines;
    }
  }
}
