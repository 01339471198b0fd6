import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Failure } from './failure.ts';

/** What is said where there is no kubectl. */
export const noKubectl =
  'There is no kubectl on the PATH, which reaches a stack: https://kubernetes.io/docs/tasks/tools/ says how to get it.';

/** The flags of kubectl for a context of the kubeconfig; none for the current one, where that is absent. */
export const contextFlags = (context: string | undefined): string[] =>
  context === undefined ? [] : ['--context', context];

/** A kubectl with the flags by which it finds its cluster. */
export class Kubectl {
  readonly #program: string;
  readonly #flags: readonly string[];

  /** @param flags Before each command: `--context`, `prod-eu`. */
  constructor(program: string, flags: readonly string[]) {
    this.#program = program;
    this.#flags = flags;
  }

  /**
   * Runs one command and gives what it printed.
   *
   * @param input What it reads from standard input; nothing by default.
   * @throws {Failure} with all that it complained of, and with {@link noKubectl} when there is none.
   */
  async run(args: readonly string[], input = ''): Promise<string> {
    const child = spawn(this.#program, [...this.#flags, ...args], { stdio: 'pipe' });
    const closed = new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(error))).once('close', resolve);
    });
    // It may end before it has read everything; what it says then is the error.
    child.stdin.on('error', () => undefined).end(input);
    const [code, printed, complaint] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
    if (code !== 0) throw new Failure(`kubectl ${args.join(' ')}: ${complaint.trim() || `exit code ${code}`}`);
    return printed.trim();
  }

  /** What `--output json` prints, as data. @throws as {@link run} does. */
  async json<T>(args: readonly string[], input?: string): Promise<T> {
    return JSON.parse(await this.run([...args, '--output', 'json'], input)) as T;
  }
}

const notStarted = (error: NodeJS.ErrnoException) =>
  new Failure(error.code === 'ENOENT' ? noKubectl : `kubectl is not started: ${error.message}`);
