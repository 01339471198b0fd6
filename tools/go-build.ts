import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A run of `go build`. */
export interface GoBuild {
  /** The program's name. */
  readonly name: string;
  /** What it costs from nothing: `about five minutes on two cores`. */
  readonly cost: string;
  /** The folder of the module that is built in. */
  readonly folder: string;
  /** What follows `go build`. */
  readonly args: readonly string[];
}

/**
 * Builds a program, and says every twenty seconds that it does.
 *
 * @throws when the build fails; its messages are on standard error.
 */
export async function goBuild({ name, cost, folder, args }: GoBuild): Promise<void> {
  const begin = Date.now();
  const report = () => {
    console.error(`Building ${name} (${cost}, once): ${Math.round((Date.now() - begin) / 1000)} s`);
  };
  report();
  const progress = setInterval(report, 20_000);
  try {
    const go = spawn('go', ['build', ...args], {
      cwd: folder,
      // Without C there is no compiler to ask for.
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 2, 2],
    });
    const [code] = (await once(go, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${name} could not be built; the messages of go build are above`);
  } finally {
    clearInterval(progress);
  }
}
