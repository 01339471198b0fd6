import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { policyFileName } from '../../commands/policies/configuration-file.ts';
import { root, run, type Ended } from '../processes.ts';

/** What a command of Pulumi printed, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  /** Both streams. */
  readonly output: string;
}

/** The paths of inputs that a preview would change, by what happens to which resource: `update ConfigMap api-models`. */
export type Changes = Readonly<Record<string, readonly string[]>>;

/** What is read of `pulumi preview --json`. */
interface Preview {
  readonly steps: readonly { readonly op: string; readonly urn: string; readonly detailedDiff?: object | null }[];
}

/**
 * What the Pulumi CLI is run with: against a cluster for tests, with its state in a folder.
 *
 * @param programs Folders with programs that come before all others.
 */
export function pulumiEnvironment(
  kubeconfig: string,
  stateFolder: string,
  ...programs: readonly string[]
): Readonly<Record<string, string>> {
  return {
    KUBECONFIG: kubeconfig,
    // As `npm run up` does: the program needs the Node of this repository.
    PATH: [...programs, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    PULUMI_BACKEND_URL: `file://${stateFolder}`,
    PULUMI_CONFIG_PASSPHRASE: 'of a test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}

/**
 * A committed stack of this repository's program, run by the Pulumi CLI on the PATH against a cluster for tests.
 *
 * The project is a copy of Pulumi.yaml and of the stack's file in a temporary folder, with links to the program, since Pulumi
 * writes into the stack's file. The state is there, too. Plugins are those that Pulumi finds or gets as always.
 */
export class PulumiStack {
  readonly #name: string;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(name: string, kubeconfig: string) {
    this.#name = name;
    this.#folder = mkdtempSync(join(tmpdir(), 'ballast-pulumi-'));
    mkdirSync(this.#stateFolder);
    for (const file of ['Pulumi.yaml', `Pulumi.${name}.yaml`]) copyFileSync(join(root, file), join(this.#folder, file));
    for (const link of ['infra', 'node_modules', 'package.json', 'policies', policyFileName(name)])
      symlinkSync(join(root, link), join(this.#folder, link));
    this.#env = pulumiEnvironment(kubeconfig, this.#stateFolder);
  }

  /** A stack with nothing in it. Its test calls {@link remove}. */
  static async create(name: 'dev' | 'prod', kubeconfig: string): Promise<PulumiStack> {
    const stack = new PulumiStack(name, kubeconfig);
    await stack.#require('stack', 'init', '--no-select');
    return stack;
  }

  /** Sets one key of its configuration: `ballast:redis.maxMemory`. */
  async set(key: string, value: string | number): Promise<void> {
    await this.#require('config', 'set', '--path', key, String(value));
  }

  /** Gives a credential. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.#require('config', 'set', '--secret', '--path', key, value);
  }

  /** Takes a key out of its configuration. */
  async unset(key: string): Promise<void> {
    await this.#require('config', 'rm', '--path', key);
  }

  /** Runs a command on it, and prints how long that took. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const begin = Date.now();
    const { code, stdout, stderr } = await this.#pulumi(args, env);
    const seconds = ((Date.now() - begin) / 1_000).toFixed(1);
    console.log(`pulumi ${args.join(' ')} (${this.#name}): ${seconds} s, exit code ${code}`);
    return { code, output: stdout + stderr };
  }

  /** {@link run} for a command that succeeds. @throws with what it printed when it does not. */
  async succeed(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, output } = await this.run(args, env);
    if (code !== 0) throw new Error(`pulumi ${args.join(' ')} ended with ${code}:\n${output.slice(-4_000)}`);
    return output;
  }

  /** Updates the cluster, without a preview before it. @throws as {@link succeed} does. */
  async up(...further: readonly string[]): Promise<void> {
    await this.succeed(['up', '--yes', '--skip-preview', ...further]);
  }

  /** What `pulumi preview --json` prints, unchanged resources included. @throws when the update would fail. */
  async previewJson(): Promise<string> {
    return (await this.#require('preview', '--json', '--show-sames')).stdout;
  }

  /** What the next update would change. @throws when it would fail. */
  async changes(): Promise<Changes> {
    const { steps } = JSON.parse((await this.#require('preview', '--json')).stdout) as Preview;
    const changed = steps.filter(({ op }) => op !== 'same');
    return Object.fromEntries(
      changed.map(({ op, urn, detailedDiff }) => [`${op} ${shortName(urn)}`, Object.keys(detailedDiff ?? {}).sort()]),
    );
  }

  /** URNs of all that it has. */
  async urns(): Promise<string[]> {
    const { stdout } = await this.#require('stack', 'export');
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { urn: string }[] } };
    return (deployment.resources ?? []).map(({ urn }) => urn);
  }

  /** The text of every file of the state, history and backups included. */
  stateFiles(): string[] {
    const files = readdirSync(this.#stateFolder, { recursive: true, withFileTypes: true });
    return files
      .filter((each) => each.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  }

  /** Forgets it; what it made in the cluster stays there. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #stateFolder(): string {
    return join(this.#folder, 'state');
  }

  async #require(...args: readonly string[]): Promise<Ended> {
    const ended = await this.#pulumi(args);
    if (ended.code !== 0)
      throw new Error(`pulumi ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}${ended.stdout}`);
    return ended;
  }

  #pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const all = [...args, '--stack', this.#name, '--non-interactive', '--color', 'never'];
    return run('pulumi', all, { cwd: this.#folder, env: { ...this.#env, ...env } });
  }
}

/** `StatefulSet redis` for `urn:pulumi:dev::ballast::ballast:stack:Redis$kubernetes:apps/v1:StatefulSet::redis`. */
function shortName(urn: string): string {
  const [, , types = '', name = ''] = urn.split('::');
  return `${types.split(':').at(-1)} ${name}`;
}
