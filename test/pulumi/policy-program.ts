import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '../../policies/kubernetes/object.ts';
import { root, run } from '../processes.ts';
import { pulumiEnvironment, type Outcome } from './pulumi-stack.ts';

/** Makes a resource of each object in objects.json, as somebody else's program might. */
const source = `import { readFileSync } from 'node:fs';
import { apiextensions } from '@pulumi/kubernetes';

const objects = JSON.parse(readFileSync(new URL('objects.json', import.meta.url), 'utf8'));
for (const { apiVersion, kind, metadata, ...rest } of objects)
  new apiextensions.CustomResource(metadata.name + '-' + kind.toLowerCase(), { apiVersion, kind, metadata, ...rest });
`;

/** A program for Kubernetes that is not of this repository, run by the Pulumi CLI on the PATH with the policy pack of this one. */
export class PolicyProgram {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(kubeconfig: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'ballast-policy-program-'));
    mkdirSync(join(this.#folder, 'state'));
    const project = 'name: shop\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n';
    writeFileSync(join(this.#folder, 'Pulumi.yaml'), project);
    writeFileSync(join(this.#folder, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }));
    writeFileSync(join(this.#folder, 'index.js'), source);
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    this.#env = pulumiEnvironment(kubeconfig, join(this.#folder, 'state'));
  }

  /** A stack with nothing in it. Its test calls {@link remove}. */
  static async create(kubeconfig: string): Promise<PolicyProgram> {
    const program = new PolicyProgram(kubeconfig);
    const { code, output } = await program.#pulumi('stack', 'init', 'test');
    if (code !== 0) throw new Error(`pulumi stack init ended with ${code}: ${output}`);
    return program;
  }

  /** Makes these objects, and no others, judged by the pack with this configuration. */
  up(objects: readonly KubernetesObject[], configuration: object, ...further: readonly string[]): Promise<Outcome> {
    writeFileSync(join(this.#folder, 'objects.json'), JSON.stringify(objects));
    writeFileSync(join(this.#folder, 'policies.json'), JSON.stringify(configuration));
    const pack = ['--policy-pack', join(root, 'policies'), '--policy-pack-config', 'policies.json'];
    return this.#pulumi('up', '--yes', '--stack', 'test', ...pack, ...further);
  }

  /** Forgets it; what it made in the cluster stays there. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #pulumi(...args: readonly string[]): Promise<Outcome> {
    const options = { cwd: this.#folder, env: this.#env };
    const { code, stdout, stderr } = await run('pulumi', [...args, '--non-interactive', '--color', 'never'], options);
    return { code, output: stdout + stderr };
  }
}
