import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import service from '../../service/package.json' with { type: 'json' };
import { root, run } from '../processes.ts';
import { newFolder } from './new-folder.ts';
import { programs } from './programs.ts';
import { workflow } from './workflow.ts';

const script = (name: string) => join(root, '.github/scripts', name);

/** What a script wrote for the next steps, by name. */
function outputs(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = '', value = '']) => [name, value]));
}

/** A PATH with programs that print how they were called, with the code with which each ends. */
function recorders(codes: Readonly<Record<string, number>>): string {
  const entries = Object.entries(codes).map(([name, code]) => [
    name,
    `echo "${name} $*" >&2\necho '{"steps":[]}'\nexit ${code}`,
  ]);
  return programs(Object.fromEntries(entries) as Readonly<Record<string, string>>);
}

describe('as-root.sh', () => {
  test('runs a command as root, with its arguments and the code with which it ends', async () => {
    const command = 'echo "$(id -u) $1"; exit 3';
    expect(await run(script('as-root.sh'), ['sh', '-c', command, 'sh', 'two words'])).toEqual({
      code: 3,
      stdout: '0 two words\n',
      stderr: '',
    });
  });
});

describe('require.sh', () => {
  test('names each variable that is empty or absent', async () => {
    const env = { CLOUD: 'aws', CLUSTER: '' };
    const { code, stderr } = await run(script('require.sh'), ['CLOUD', 'CLUSTER', 'CLOUD_ROLE'], { env });
    expect(stderr).toContain('lacks the variables: CLUSTER CLOUD_ROLE.');
    expect(code).toBe(1);
    expect(await run(script('require.sh'), ['CLOUD'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('image-facts.sh', () => {
  async function facts(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
    const file = join(newFolder(), 'output');
    const { code, stderr } = await run(script('image-facts.sh'), [], {
      env: { GITHUB_OUTPUT: file, GITHUB_REPOSITORY: 'Some-Team/Ballast', ...env },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return outputs(file);
  }
  const git = async (...args: string[]) => (await run('git', args)).stdout.trim();

  test('names the image of a commit by the version of the service and the commit', async () => {
    const { version } = service;
    expect(await facts({ GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' })).toEqual({
      name: 'ghcr.io/some-team/ballast-api',
      tag: `${version}-${await git('rev-parse', '--short=12', 'HEAD')}`,
      version,
      epoch: await git('log', '-1', '--format=%ct'),
    });
  });

  test('names the image of a release by its tag', async () => {
    expect((await facts({ GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.3' }))['tag']).toBe('1.2.3');
  });
});

// Pulumi, cosign and gh need what only a delivery has: these tests prove how the scripts call them, not what they do then.
describe('preview-json.sh', () => {
  test("writes Pulumi's JSON to the file, and fails with Pulumi", async () => {
    const file = join(newFolder(), 'preview/pulumi-dev/preview.json');
    const preview = (code: number) =>
      run(script('preview-json.sh'), ['dev', file], { env: { PATH: recorders({ pulumi: code }) } });
    expect(await preview(0)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'pulumi preview --stack dev --json --show-sames --non-interactive\n',
    });
    expect(readFileSync(file, 'utf8')).toBe('{"steps":[]}\n');
    expect((await preview(255)).code).toBe(255);
  });
});

describe('rollback-point.sh', () => {
  const point = async (npm: string) => {
    const file = join(newFolder(), 'output');
    const env = { PATH: programs({ npm }), GITHUB_OUTPUT: file };
    return { ...(await run(script('rollback-point.sh'), ['prod'], { env })), file };
  };

  test('tells the version that the command prints', async () => {
    const { code, file } = await point('[ "$*" = "run -s rollback -- --stack prod --point" ] && echo 17');
    expect(code).toBe(0);
    expect(outputs(file)).toEqual({ version: '17' });
  });

  test('fails with the command, so that nothing is delivered that could not be taken back', async () => {
    expect((await point('exit 1')).code).toBe(1);
  });
});

describe('free-stack.sh', () => {
  const ours = 'c0ffee';
  /** @param stack Its newest good update, the commit of its newest one, and what `pulumi cancel` does. */
  async function free(stack: { readonly newest: number; readonly commit: string; readonly cancel: string }) {
    const file = join(newFolder(), 'output');
    writeFileSync(file, '');
    const path = programs({
      npm: `[ "$*" = "run -s rollback -- --stack prod --point" ] && echo ${stack.newest}`,
      pulumi: `case "$*" in
        "stack history --stack prod --json --page-size 1 --non-interactive")
          printf '[\\n  {\\n    "environment": {\\n      "git.head": "${stack.commit}",\\n      "git.dirty": "true"\\n' ;;
        "cancel --yes --stack prod --non-interactive") echo cancelled >>${file}.calls; ${stack.cancel} ;;
        *) exit 9 ;;
      esac`,
    });
    const env = { PATH: path, GITHUB_OUTPUT: file, GITHUB_SHA: ours };
    const ended = await run(script('free-stack.sh'), ['prod', '17'], { env });
    return { ...ended, outputs: outputs(file), cancelled: existsSync(`${file}.calls`) };
  }

  test.each([
    ['was left in the middle of an update, which nobody recorded', { newest: 17, commit: 'beef' }],
    ['was changed by this delivery', { newest: 19, commit: ours }],
  ])('ends what is left of an update when the stack %s', async (_, stack) => {
    expect(await free({ ...stack, cancel: 'exit 0' })).toMatchObject({
      code: 0,
      outputs: { version: '17' },
      cancelled: true,
    });
  });

  test('leaves a stack alone that another delivery has changed since', async () => {
    const { stdout, ...rest } = await free({ newest: 19, commit: 'beef', cancel: 'exit 0' });
    expect(stdout).toContain('it has changed since, by commit beef');
    expect(rest).toMatchObject({ code: 0, outputs: {}, cancelled: false });
  });

  test('fails when the lock cannot be given back', async () => {
    expect(await free({ newest: 17, commit: 'beef', cancel: 'exit 1' })).toMatchObject({ code: 1, outputs: {} });
  });
});

describe('release-lock.sh', () => {
  const release = (cancel: string) => {
    const pulumi = `[ "$*" = "cancel --yes --stack prod --non-interactive" ] || exit 9; ${cancel}`;
    return run(script('release-lock.sh'), ['prod'], { env: { PATH: programs({ pulumi }) } });
  };

  test.each([
    'echo cancelled',
    'echo "error: [409] Conflict: The Update has already completed" >&2; exit 255',
    'echo "there is no update in progress" >&2; exit 255',
  ])('gives the lock back, or finds none: %s', async (cancel) => {
    expect(await release(cancel)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('fails with what Pulumi says otherwise', async () => {
    expect(await release('echo "error: access denied" >&2; exit 255')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: access denied\n',
    });
  });
});

describe('verify-image.sh', () => {
  const verify = (codes: { readonly cosign: number; readonly gh: number }) =>
    run(script('verify-image.sh'), [], {
      env: {
        PATH: recorders(codes),
        IMAGE: 'ghcr.io/team/ballast-api',
        DIGEST: 'sha256:1',
        GITHUB_REPOSITORY: 'team/ballast',
        GITHUB_SHA: 'c0ffee',
      },
    });

  test('asks that image.yml of this repository signed it on main, for this commit', async () => {
    const { code, stderr } = await verify({ cosign: 0, gh: 0 });
    const [signature, provenance] = stderr.split('\n');
    const workflow = 'team/ballast/.github/workflows/image.yml';
    expect(signature).toContain(`--certificate-identity https://github.com/${workflow}@refs/heads/main `);
    expect(signature).toContain('--certificate-github-workflow-sha c0ffee ghcr.io/team/ballast-api@sha256:1');
    expect(provenance).toContain('oci://ghcr.io/team/ballast-api@sha256:1 --repo team/ballast ');
    expect(provenance).toContain(`--signer-workflow ${workflow} --source-ref refs/heads/main --source-digest c0ffee`);
    expect(code).toBe(0);
  });

  test('fails without a signature, and without provenance', async () => {
    expect((await verify({ cosign: 1, gh: 0 })).code).toBe(1);
    expect((await verify({ cosign: 0, gh: 1 })).code).toBe(1);
  });
});

describe('render-stacks.sh', () => {
  test('renders every stack, also after one that cannot be rendered, of which it leaves nothing', async () => {
    const [checkout, out] = [newFolder(), newFolder()];
    for (const stack of ['broken', 'dev', 'prod']) writeFileSync(join(checkout, `Pulumi.${stack}.yaml`), '');
    const npm = `mkdir "$8" && touch "$8/a.yaml" && [ "$6" != broken ]`;
    const { code } = await run(script('render-stacks.sh'), [checkout, out], { env: { PATH: programs({ npm }) } });
    expect(code).toBe(1);
    expect(readdirSync(out, { recursive: true })).toEqual(['dev', 'prod', 'dev/a.yaml', 'prod/a.yaml']);
  });
});

// The steps of preview.yml, on a merge as GitHub makes it.
describe('what a pull request is compared with', () => {
  const steps = workflow('preview.yml').jobs['manifests']?.steps ?? [];
  const depth = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))?.with?.['fetch-depth'];
  const command = steps.find(({ run: text = '' }) => text.startsWith('git worktree '))?.run ?? '';

  test('is the commit of main that was merged with, not main as it is by now', async () => {
    const origin = newFolder();
    const checkout = join(newFolder(), 'checkout');
    const commit = (text: string) => `echo ${text} >file && git add file && git commit --quiet --message ${text}`;
    const script = `
      git init --quiet --initial-branch main . && git config user.name A && git config user.email a@example.com
      ${commit('before')} && git branch change && ${commit('base')}
      git checkout --quiet change && echo new >other && git add other && git commit --quiet --message change
      git checkout --quiet -b merge main && git merge --quiet --no-ff --message merge change
      git checkout --quiet main && ${commit('later')}
      git clone --quiet --depth ${String(depth)} --branch merge file://${origin} ${checkout} && cd ${checkout} && ${command}`;
    const { code, stderr } = await run('sh', ['-ec', script], { cwd: origin });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const folder = join(checkout, command.split(' ').at(-2) ?? '');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('base\n');
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });
});

describe('check-artifacts.js', () => {
  /** A folder with empty files. */
  function artifacts(...paths: readonly string[]): string {
    const folder = newFolder();
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
    return folder;
  }
  const check = (folder: string) => run(process.execPath, [script('check-artifacts.js'), folder]);
  const usual = [
    'manifests/dev/00-namespace-ballast-dev.yaml',
    'manifests/prod/CUSTOM-RESOURCES.md',
    'base/prod/00-namespace-ballast-prod.yaml',
  ];

  test('takes a folder that is not there: nothing was uploaded', async () => {
    expect(await check(join(newFolder(), 'preview'))).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('takes what a preview makes', async () => {
    expect(await check(artifacts(...usual, 'pulumi-prod/preview.json'))).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test.each([
    'manifests/dev/run.sh',
    'manifests/.other/a.yaml',
    'base/a.yaml',
    'dev/a.yaml',
    'manifests/dev/a/b.yaml',
    'number',
    'pulumi-dev/a.json',
  ])('refuses %s', async (path) => {
    const { code, stderr } = await check(artifacts(...usual, path));
    expect(stderr).toContain(`"${path}" is none of preview.yml's files`);
    expect(code).toBe(1);
  });

  test('refuses a link, which could lead to a file of the runner', async () => {
    const folder = artifacts(...usual);
    symlinkSync('/etc/hostname', join(folder, 'manifests/dev/a.yaml'));
    expect((await check(folder)).stderr).toContain('"manifests/dev/a.yaml" is none');
  });

  test('refuses more than a stack could have', async () => {
    const folder = artifacts(...usual);
    truncateSync(join(folder, usual[0] ?? ''), 20_000_001);
    const { code, stderr } = await check(folder);
    expect(stderr).toContain('the files have 20000001 bytes; allowed are 20000000');
    expect(code).toBe(1);
    const many = Array.from({ length: 4_001 }, (_, n) => `manifests/dev/${n}.yaml`);
    expect((await check(artifacts(...many))).stderr).toContain('there are 4001 files; allowed are 4000');
  });
});
