import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ended, root, start, until, type Ended } from '../processes.ts';
import { writeProgram } from '../write-program.ts';

/** A cluster that has all that the stack dev needs, as kubectl tells of it. */
const kubectl = `case "$*" in
*" --raw /version"*) echo '{"gitVersion":"v1.35.4"}' ;;
*" --raw /apis/storage.k8s.io/v1/storageclasses"*)
  echo '{"items":[{"metadata":{"name":"local","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}]}' ;;
"config view "*)
  echo '{"current-context":"kind-dev","clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}' ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac`;

/** The state backend has the stack. */
const listing = `[ "$1 $2" = 'stack ls' ] && echo '[{"name":"dev"}]' && exit`;

/** Says how it was called, and ends as it is told. */
const pulumi = `${listing}
echo "arguments: $*"
echo "node: $(command -v node)"
echo "folder: $(pwd)"
exit "\${STANDIN_EXIT:-0}"`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-pulumi-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a shell script on the PATH, on which there is nothing else. */
const program = (name: string, script: string): void => writeProgram(folder, name, script);

const startUp = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start(process.execPath, ['--no-warnings', join(root, 'commands', 'up.ts'), ...args], {
    // The kubeconfig is not that of a one-node cluster, which this machine may have.
    env: { PATH: folder, KUBECONFIG: '/some/kubeconfig', ...env },
  });

const up = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> =>
  ended(startUp(args, env));

describe('up for a stack of a cluster', () => {
  test('says how to get a Pulumi CLI where there is none, and what goes without one', async () => {
    program('kubectl', kubectl);
    const { code, stdout, stderr } = await up(['--stack', 'dev']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      'There is no Pulumi CLI on the PATH, which the stack dev needs: https://www.pulumi.com/docs/install/',
    );
    expect(stderr).toContain('npm run render -- --stack dev --out DIR');
  });

  test('says of the stack local that it comes later, and which stacks there are', async () => {
    const { code, stderr } = await up(['--stack', 'local']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no stack "local"; allowed: embedded (the default), dev, prod.');
    expect(stderr).toContain('comes in a later version');
  });

  test('runs pulumi up in the repository with the Node of the lock file and further arguments', async () => {
    program('kubectl', kubectl);
    program('pulumi', pulumi);
    program('node', 'exit 1');
    const { code, stdout } = await up(['--stack', 'dev', '--', '--yes', '--diff']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'arguments: up --stack dev --policy-pack policies --policy-pack-config Pulumi.dev.policies.json --yes --diff\n',
    );
    expect(stdout).toContain(`node: ${join(dirname(process.execPath), 'node')}\n`);
    expect(stdout).toContain(`folder: ${root}\n`);
  });

  test('says which cluster the stack goes to before it calls Pulumi', async () => {
    program('kubectl', kubectl);
    program('pulumi', pulumi);
    const { stdout } = await up(['--stack', 'dev']);
    const sentence = 'The stack dev goes to https://127.0.0.1:6443, the current context kind-dev of the kubeconfig.\n';
    expect(stdout.startsWith(sentence)).toBe(true);
    expect(stdout).toContain(
      '\narguments: up --stack dev --policy-pack policies --policy-pack-config Pulumi.dev.policies.json\n',
    );
  });

  test('calls Pulumi where there is nothing but a warning', async () => {
    program('kubectl', kubectl);
    program('pulumi', pulumi);
    const { code, stdout } = await up(['--stack', 'dev']);
    expect(stdout).toMatch(/^WARNING +credential deepinfra +without it/m);
    expect(stdout).toContain(
      '\narguments: up --stack dev --policy-pack policies --policy-pack-config Pulumi.dev.policies.json\n',
    );
    expect(code).toBe(0);
  });

  test('ends with the exit code of Pulumi', async () => {
    program('kubectl', kubectl);
    program('pulumi', pulumi);
    const { code, stderr } = await up(['--stack', 'dev'], { STANDIN_EXIT: '255' });
    expect({ code, stderr }).toEqual({ code: 255, stderr: '' });
  });

  test('does not call Pulumi when the cluster lacks something, and names it', async () => {
    program('kubectl', kubectl.replace('v1.35.4', 'v1.29.2'));
    program('pulumi', pulumi);
    const { code, stdout, stderr } = await up(['--stack', 'dev']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/MISSING +Kubernetes 1.30 or newer +the cluster has v1.29.2: upgrade it/);
    expect(stdout).not.toContain('arguments:');
    expect(stderr).toMatch(/^1 of \d+ checks failed for the stack dev\.$/m);
  });

  test('passes SIGTERM on, and ends when Pulumi has ended', async () => {
    program('kubectl', kubectl);
    // In small naps: a signal for a long one may come before that has begun, and would then be lost.
    const naps = 'naps=0; while [ $naps -lt 600 ]; do /bin/sleep 0.1; naps=$((naps + 1)); done';
    program('pulumi', `${listing}\ntrap 'echo ended; exit 7' TERM\necho waits\n${naps}`);
    const child = startUp(['--stack', 'dev']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = ended(child);
    let seen = '';
    child.stdout?.on('data', (text: string) => (seen += text));
    await until('Pulumi runs', () => seen.includes('waits'));
    child.kill('SIGTERM');
    const { code, stdout } = await output;
    expect(code).toBe(7);
    expect(stdout).toContain('ended');
  });
});

test('further arguments for the embedded stack are refused', async () => {
  const { code, stderr } = await up(['--', '--yes']);
  expect(code).toBe(1);
  expect(stderr).toContain('The stack embedded takes no further arguments: --yes');
});
