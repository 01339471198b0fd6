import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryResponse } from '../../service/contract/schemas.ts';
import { ended, freePort, root, start, type Ended } from '../processes.ts';

/** An embedded stack of its own: state folder and port are used by nothing else. */
export class LocalStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'ballast-stack-'));
  readonly stateFolder: string = join(this.folder, 'state');
  readonly port: number;
  readonly url: string;
  readonly env: Record<string, string>;

  private constructor(port: number, env: Readonly<Record<string, string>>) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.env = { PORT: String(port), BALLAST_STATE_DIR: this.stateFolder, BALLAST_ENV_FILE: '/dev/null', ...env };
  }

  static async create(env: Readonly<Record<string, string>> = {}): Promise<LocalStack> {
    return new LocalStack(await freePort(), env);
  }

  /** Runs one of the commands, `up` and its like, to its end. */
  command(name: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(name, ...args));
  }

  /** Starts one of the commands. */
  start(name: string, ...args: string[]): ChildProcess {
    const script = join(root, 'commands', `${name}.ts`);
    return start(process.execPath, ['--no-warnings', script, ...args], { env: this.env });
  }

  /** The process that `up` started. */
  get pid(): number {
    return (JSON.parse(readFileSync(this.runRecord, 'utf8')) as { pid: number }).pid;
  }

  get runRecord(): string {
    return join(this.stateFolder, 'run', 'api.json');
  }

  get log(): string {
    return readFileSync(join(this.stateFolder, 'logs', 'api.log'), 'utf8');
  }

  /** What the service said at standard output. */
  get output(): string {
    return readFileSync(join(this.stateFolder, 'logs', 'api.out.log'), 'utf8');
  }

  async token(...args: string[]): Promise<string> {
    const { stdout } = await this.command('token', ...args);
    return stdout.trim().split('\n').at(-1) ?? '';
  }

  async ask(question: string, token: string): Promise<QueryResponse> {
    const response = await fetch(`${this.url}/query`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ question }),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as QueryResponse;
  }

  /** Stops what runs, and removes everything. */
  async dispose(): Promise<void> {
    if (existsSync(this.runRecord)) await this.command('down');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
