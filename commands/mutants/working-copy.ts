import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutate, type Mutant } from './mutant.ts';
import type { Report } from './verdict.ts';

/** Where packages are, from the root: the second holds what the workspace needs in another version. */
const packageFolders = ['node_modules', 'service/node_modules'];

/** A copy of the repository in which code can be broken while people and other tests work in the original. */
export class WorkingCopy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ballast-mutants-'));
  readonly #root = join(this.#folder, 'repository');
  #group: number | undefined;

  /** @param root the repository: what git tracks, and what it neither tracks nor ignores, is copied. */
  constructor(root: string) {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const file of listed.toString().split('\0').filter(Boolean)) {
      const source = join(root, file);
      // A file that was removed and is not committed yet is listed all the same.
      if (existsSync(source)) cpSync(source, join(this.#root, file), { verbatimSymlinks: true });
    }
    for (const folder of packageFolders) {
      if (!existsSync(join(root, folder))) continue;
      mkdirSync(dirname(join(this.#root, folder)), { recursive: true });
      symlinkSync(join(root, folder), join(this.#root, folder));
    }
  }

  /** Does work while a mutant's change is in place. @throws {MutantError} when the change does not fit. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const path = join(this.#root, mutant.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutate(source, mutant));
    try {
      return await work();
    } finally {
      writeFileSync(path, source);
    }
  }

  /**
   * Runs test files.
   *
   * @param patienceMs after which Vitest, its workers and what they started are killed.
   * @returns `undefined` when there is no report: Vitest crashed, or was killed.
   */
  async test(files: readonly string[], testName: string | undefined, patienceMs: number): Promise<Report | undefined> {
    const report = join(this.#folder, 'report.json');
    const temporary = join(this.#folder, 'tmp');
    rmSync(report, { force: true });
    mkdirSync(temporary, { recursive: true });
    const vitest = spawn(
      process.execPath,
      [
        join(this.#root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...(testName === undefined ? [] : ['--testNamePattern', testName]),
        ...files,
      ],
      // A group of its own, so that a run that hangs can be ended with all that belongs to it.
      { cwd: this.#root, stdio: 'ignore', detached: true, env: { ...process.env, TMPDIR: temporary } },
    );
    this.#group = vitest.pid;
    const timer = setTimeout(() => this.interrupt(), patienceMs);
    await once(vitest, 'exit');
    clearTimeout(timer);
    this.interrupt();
    rmSync(temporary, { recursive: true, force: true });
    return existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Report) : undefined;
  }

  /** Ends what runs. */
  interrupt(): void {
    if (this.#group === undefined) return;
    try {
      process.kill(-this.#group, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
    this.#group = undefined;
  }

  remove(): void {
    this.interrupt();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
