import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackgroundCheck } from './background-check.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** Space on a disk, in bytes. */
export interface Space {
  /** The folder that was asked for. */
  readonly path: string;
  readonly free_bytes: number;
  readonly total_bytes: number;
}

/** Space on the disk of a file's folder. Looked up in the background, since a disk over the network may hang. */
export class DiskSpace {
  readonly #check: BackgroundCheck;
  #space: Space | undefined;

  /** @param intervalMs see {@link BackgroundCheck}. */
  constructor(file: string, intervalMs?: number) {
    const path = dirname(file);
    let found: Space | undefined;
    this.#check = new BackgroundCheck({
      run: oneAtATime(async () => {
        const { bavail, blocks, bsize } = await statfs(path);
        found = { path, free_bytes: bavail * bsize, total_bytes: blocks * bsize };
      }),
      onResult: ({ healthy }) => (this.#space = healthy ? found : undefined),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    });
  }

  /** As it was when last looked up; `undefined` before that, and when the folder is gone or the disk does not answer. */
  get space(): Space | undefined {
    return this.#space;
  }

  /** Looks it up once, then in the background. */
  start(): Promise<void> {
    return this.#check.start();
  }

  stop(): void {
    this.#check.stop();
  }
}
