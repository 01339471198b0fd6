import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, root, run, start, type Ended } from './processes.ts';

/** What a command needs of a repository to deploy from it. */
const needed =
  /^(alerts|commands|dashboards|infra|policies|service|test\/standins|tools)\/|^(Pulumi.*|package(-lock)?\.json|Dockerfile|\.dockerignore)$/;

/** A repository of its own in a temporary folder, with the files of this working tree and the packages that are installed here. */
export class RepositoryCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'ballast-copy-'));

  /** A copy with one commit. Its test calls {@link remove}. */
  static async create(): Promise<RepositoryCopy> {
    const copy = new RepositoryCopy();
    const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    const files = stdout.split('\0').filter((path) => needed.test(path) && existsSync(join(root, path)));
    for (const file of files) cpSync(join(root, file), join(copy.folder, file));
    for (const folder of ['.', 'service', 'policies']) {
      const packages = join(root, folder, 'node_modules');
      if (existsSync(packages)) symlinkSync(packages, join(copy.folder, folder, 'node_modules'));
    }
    // A link is no folder, which the line with a slash at its end means.
    writeFileSync(join(copy.folder, '.gitignore'), 'node_modules\n');
    await copy.git('init', '--quiet');
    return copy;
  }

  /** Commits every change. @returns The commit. */
  async commit(message: string): Promise<string> {
    await this.git('add', '--all');
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    await this.git(...author, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', message);
    return (await this.git('rev-parse', 'HEAD')).trim();
  }

  /** Runs git in it. @throws with git's complaint. */
  async git(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('git', args, { cwd: this.folder });
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs one of its commands, `deploy` and its like, to its end. */
  command(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
    return ended(this.start(name, args, env));
  }

  /** Starts one of its commands. */
  start(name: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const script = join(this.folder, 'commands', `${name}.ts`);
    return start(process.execPath, ['--no-warnings', script, ...args], { cwd: this.folder, env });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
