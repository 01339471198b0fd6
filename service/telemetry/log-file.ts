import { once } from 'node:events';
import { appendFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DestinationStream } from 'pino';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Config } from '../contract/config.ts';
import { makeFolder } from '../make-folder.ts';

/** After a failure: how long lines go elsewhere before the file is tried again, in milliseconds. */
const retryMs = 10_000;

/**
 * What a file that does not get on may hold back; lines beyond go elsewhere. In bytes. It takes about twice the memory,
 * since each line is held as text too.
 */
const mostHeldBytes = 16_777_216;

/** For the owner only. */
const fileMode = 0o600;

/** How long the last lines may take to reach the file, in milliseconds. */
const closeWithinMs = 1000;

/** Thrown for a `LOG_FILE` that cannot be written. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';

  constructor(path: string, cause: unknown) {
    // The library's only error without a code is for what is there, but is a folder or a device.
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is not a file';
    super(`LOG_FILE ${path} cannot be written (${reason})`);
  }
}

/** What a log file is opened with. */
export interface LogFileOptions {
  readonly config: Pick<Config, 'LOG_FILE_MAX_BYTES' | 'LOG_FILE_COUNT'>;
  readonly path: string;
  /** Takes the lines that the file cannot. */
  readonly fallback: DestinationStream;
  /** Called once when the file fails, and once when it is written again. */
  readonly onFailure: (error: LogFileError) => void;
  readonly onRecovery: () => void;
}

/**
 * A file that is rotated: `api.log` becomes `api.log.1` when it is full, that becomes `api.log.2`, and the oldest goes.
 * Only their owner can read them.
 *
 * No line is lost while the process lives: one that the file does not take goes to the fallback.
 */
export class LogFile implements DestinationStream {
  readonly #options: LogFileOptions;
  #stream: RotatingFileStream;
  /** When the file is to be tried again; `undefined` while it is written, or opened. */
  #retryAt: number | undefined;
  /** Lines that are not known to be in the file, oldest first. */
  readonly #pending = new Set<{ readonly line: string }>();
  readonly #onExit = () => this.#writePending();

  private constructor(options: LogFileOptions) {
    this.#options = options;
    this.#stream = this.#begin();
  }

  /** Opens the file to append to it, and makes its folder. @throws {LogFileError} */
  static async open(options: LogFileOptions): Promise<LogFile> {
    const path = resolve(options.path);
    try {
      makeFolder(dirname(path));
      const file = new LogFile({ ...options, path });
      await once(file.#stream, 'open');
      file.#reportFailure(file.#stream);
      process.on('exit', file.#onExit);
      return file;
    } catch (error) {
      throw new LogFileError(path, error);
    }
  }

  /** Takes a line, and returns at once. */
  write(line: string): void {
    if (this.#retryAt !== undefined && Date.now() >= this.#retryAt) this.#retry();
    const { destroyed, writableEnded, writableLength } = this.#stream;
    if (destroyed || writableEnded || writableLength > mostHeldBytes) {
      this.#options.fallback.write(line);
      return;
    }
    const held = { line };
    this.#pending.add(held);
    this.#stream.write(line, (error) => {
      if (this.#pending.delete(held) && error) this.#options.fallback.write(line);
    });
  }

  /**
   * Waits until all lines are in the file, for a second at most. Lines that it has not taken by then go to the fallback,
   * as do later ones. Never fails.
   */
  async close(): Promise<void> {
    if (this.#stream.closed) return;
    const signal = AbortSignal.timeout(closeWithinMs);
    this.#stream.end();
    await once(this.#stream, 'close', { signal }).catch(() => undefined);
    process.off('exit', this.#onExit);
    this.#giveUpPending();
  }

  /** At an exit that did not wait for {@link close}, or not for its end. A line may then be there twice, but not be missing. */
  #writePending(): void {
    if (this.#pending.size === 0) return;
    // Who does not wait for the end does not wait for the file: it may be stuck, and would hold up the exit.
    if (this.#stream.writableEnded) {
      this.#giveUpPending();
      return;
    }
    const lines = Array.from(this.#pending, ({ line }) => line).join('');
    try {
      appendFileSync(this.#options.path, lines, { mode: fileMode });
    } catch {
      this.#giveUpPending();
    }
  }

  /** Line by line, since the fallback may have no room for all of them at once. */
  #giveUpPending(): void {
    for (const { line } of this.#pending) this.#options.fallback.write(line);
    this.#pending.clear();
  }

  #begin(): RotatingFileStream {
    const { config, path } = this.#options;
    const stream = createStream(path, {
      size: `${config.LOG_FILE_MAX_BYTES}B`,
      // The file that is written is not among those that the library counts, and it keeps one at least.
      rotate: Math.max(1, config.LOG_FILE_COUNT - 1),
      mode: fileMode,
    });
    stream.on('error', () => (this.#retryAt = Date.now() + retryMs));
    if (config.LOG_FILE_COUNT === 1) stream.on('rotated', (full) => rmSync(full, { force: true }));
    return stream;
  }

  #retry(): void {
    // Not again while this one opens, however long a disk takes for it.
    this.#retryAt = undefined;
    const stream = this.#begin();
    this.#stream = stream;
    stream.once('open', () => {
      this.#reportFailure(stream);
      this.#options.onRecovery();
    });
  }

  #reportFailure(stream: RotatingFileStream): void {
    const { path, onFailure } = this.#options;
    stream.on('error', (error) => onFailure(new LogFileError(path, error)));
  }
}
