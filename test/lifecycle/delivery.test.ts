import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readStackFile } from '../../infra/render/stack-file.ts';
import { ended, until, type Ended } from '../processes.ts';
import { RepositoryCopy } from '../repository-copy.ts';
import { writeProgram } from '../write-program.ts';
import { gateway, kubectl } from './delivered-stack.ts';
import type { PulumiCall } from './pulumi-standin.ts';

const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];

/** A commit that no clone has. */
const unknown = `${'c0ffee'.repeat(6)}c0ff`;

/** How Pulumi is told to update, before what the history says of it. */
const updating = [
  ...['up', '--stack', 'dev', '--policy-pack', 'policies', '--policy-pack-config', 'Pulumi.dev.policies.json'],
  ...['--yes', '--message'],
];

let copy: RepositoryCopy;
let bin: string;
let commit: string;
/** The commit before it, whose stack has another model of embeddings. */
let earlier: string;
beforeAll(async () => {
  copy = await RepositoryCopy.create();
  const file = `${copy.read('Pulumi.dev.yaml')}${gateway}`;
  copy.write('Pulumi.dev.yaml', `${file}  ballast:tei:\n    model: an/earlier-model\n`);
  copy.write('Pulumi.dev.policies.json', '{}');
  earlier = await copy.commit('With an earlier model');
  copy.write('Pulumi.dev.yaml', file);
  commit = await copy.commit('As it is');
  bin = mkdtempSync(join(tmpdir(), 'ballast-delivery-'));
  const standin = join(import.meta.dirname, 'pulumi-standin.ts');
  program('pulumi', `exec ${process.execPath} --no-warnings ${standin} "$@"`);
  program('kubectl', kubectl);
});
afterAll(() => {
  copy.remove();
  rmSync(bin, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const file of ['calls', 'history.json']) rmSync(join(bin, file), { force: true });
  await copy.git('reset', '--quiet', '--hard', commit);
});

const program = (name: string, script: string): void => writeProgram(bin, name, script);

const environment = (env: Readonly<Record<string, string>>) => ({
  PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
  STANDIN_FOLDER: bin,
  NODE_COMPILE_CACHE: join(bin, 'compiled'),
  ...env,
});

function command(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return copy.command(name, ['--stack', 'dev', ...args], environment(env));
}

/** A command that a test ends itself. */
function begin(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return copy.start(name, ['--stack', 'dev', ...args], environment(env));
}

const calls = (): PulumiCall[] =>
  existsSync(join(bin, 'calls'))
    ? readFileSync(join(bin, 'calls'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as PulumiCall)
    : [];
const up = (): PulumiCall | undefined => calls().find(({ args }) => args[0] === 'up');
const apiOf = (text: string): unknown => (parse(text) as { config: Record<string, unknown> }).config['ballast:api'];

interface Recorded {
  readonly api?: object;
  readonly head?: string | undefined;
  readonly result?: string;
  readonly message?: string;
  /** A key with a secret in it. */
  readonly secret?: string;
}

/** Has the state backend tell these updates, newest first. */
function history(...updates: Recorded[]): void {
  const entries = updates.map(
    ({ api = { image: { digest: a } }, head = commit, result = 'succeeded', message = '', secret }) => ({
      version: 0,
      kind: 'update',
      startTime: '2026-11-22T08:00:00.000Z',
      message,
      environment: { 'git.head': head },
      config: {
        ...recorded({
          ...readStackFile(copy.folder, 'dev'),
          'ballast:api': JSON.stringify(api),
          ...(head === earlier && { 'ballast:tei': '{"model":"an/earlier-model"}' }),
        }),
        ...(secret !== undefined && { [secret]: { secret: true } }),
      },
      result,
    }),
  );
  writeFileSync(join(bin, 'history.json'), JSON.stringify(entries));
}

/** A configuration as the history has it. */
function recorded(config: Readonly<Record<string, string>>): object {
  const entries = Object.entries(config).map(([key, value]) => {
    const object = /^[[{]/.test(value) ? { objectValue: JSON.parse(value) as unknown } : {};
    return [key, { value, ...object, secret: false }] as const;
  });
  return Object.fromEntries(entries);
}

describe('deploy', () => {
  beforeEach(() => history());

  test('sets the digest and updates the stack under its policies, without a question', async () => {
    copy.write('package.json', `${copy.read('package.json')}\n`);
    const refused = await command('deploy', ['--digest', a]);
    expect(refused.stderr).toBe(
      'Commit these changes first, or a rollback could not come back to them: package.json\n',
    );
    await copy.git('checkout', '--quiet', '--', 'package.json');

    const { code, stdout } = await command('deploy', ['--digest', a]);
    expect(code).toBe(0);
    expect(stdout).toContain(`The stack dev: deployment of ${a}.`);
    expect(up()).toMatchObject({
      folder: copy.folder,
      args: [...updating, `deployment of ${a}`],
    });
    expect(apiOf(up()?.file ?? '')).toEqual({ image: { digest: a } });
    expect(apiOf(copy.read('Pulumi.dev.yaml'))).toEqual({ image: { digest: a } });
  });

  test('leaves the stack’s file as it was when the update fails, and ends as Pulumi did', async () => {
    const before = copy.read('Pulumi.dev.yaml');
    expect(await command('deploy', ['--digest', a], { STANDIN_EXIT: '7' })).toMatchObject({ code: 7 });
    expect(up()).toBeDefined();
    expect(copy.read('Pulumi.dev.yaml')).toBe(before);
  });

  test('refuses configuration that is not committed, but for what delivery sets, and a secret below the API', async () => {
    const file = copy.read('Pulumi.dev.yaml');
    copy.write('Pulumi.dev.yaml', `${file}  ballast:credentials: { one: { secure: v1:ciphertext } }\n`);
    const uncommitted = await command('deploy', ['--digest', a]);
    expect(uncommitted.stderr).toBe(
      'Commit these keys of Pulumi.dev.yaml first, or a rollback could not come back to them: ballast:credentials\n',
    );
    copy.write('Pulumi.dev.yaml', `${file}  ballast:api: { environment: { A: { secure: v1:ciphertext } } }\n`);
    await copy.commit('A secret of the API');
    const sealed = await command('deploy', ['--digest', a]);
    expect(sealed.stderr).toContain('ballast:api in Pulumi.dev.yaml has a secret in it, so that the history');
    expect(up()).toBeUndefined();
  });

  test.each(['deploy', 'canary'])('%s lets no older commit overwrite a newer one', async (name) => {
    history({ head: commit });
    await copy.git('reset', '--quiet', '--hard', earlier);
    const older = await command(name, ['--digest', b]);
    expect([older.code, up()]).toEqual([1, undefined]);
    expect(older.stderr).toContain(
      `The stack dev runs the commit ${commit} by version 1, which is not in the history of`,
    );
    expect(older.stderr).toContain('npm run rollback -- --stack dev goes back on purpose.');
    history({ head: unknown });
    const { stderr } = await command(name, ['--digest', b]);
    expect(stderr).toContain(
      `is not in this clone: git fetch origin ${unknown}. A workflow checks out with fetch-depth: 0.`,
    );
    expect(up()).toBeUndefined();
  });

  test('that is interrupted during its checks calls no update, and leaves the stack’s file as it was', async () => {
    const before = copy.read('Pulumi.dev.yaml');
    program('kubectl', `until [ -e '${bin}/go' ]; do sleep 0.05; done\n${kubectl}`);
    const deploying = begin('deploy', ['--digest', a]);
    const over = ended(deploying);
    try {
      await until('the file is changed', () => copy.read('Pulumi.dev.yaml').includes(a));
      await until('the checks run', () => calls().some(({ args }) => args[1] === 'ls'));
      deploying.kill('SIGTERM');
      await until('the file is as it was', () => copy.read('Pulumi.dev.yaml') === before);
    } finally {
      writeFileSync(join(bin, 'go'), '');
      program('kubectl', kubectl);
    }
    expect(await over).toMatchObject({ code: 143, stderr: 'Interrupted before Pulumi was called.\n' });
    expect(up()).toBeUndefined();
  });
});

describe('canary', () => {
  test('runs an image beside the one that the last update delivered', async () => {
    history({ result: 'failed', api: { image: { digest: b } } }, { api: { image: { digest: a } } });
    expect(await command('canary', ['--digest', b, '--weight', '25'])).toMatchObject({ code: 0, stderr: '' });
    expect(apiOf(up()?.file ?? '')).toEqual({ image: { digest: a }, canary: { digest: b, weight: 25 } });
    expect(up()?.args.at(-1)).toBe(`canary of ${b} for 25 %`);
  });

  test('is refused where nothing could split requests by weight, and changes nothing', async () => {
    const before = copy
      .read('Pulumi.dev.yaml')
      .replace('form: gateway', 'form: ingress\n    tls: { unencrypted: true }')
      .replace('    gateway: { name: public, namespace: gateways }\n', '');
    copy.write('Pulumi.dev.yaml', before);
    await copy.commit('Behind an Ingress');
    history({});
    const { code, stderr } = await command('canary', ['--digest', b]);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toContain('an Ingress cannot split requests by weight: api.canary needs form: gateway');
    expect(copy.read('Pulumi.dev.yaml')).toBe(before);
  });

  test.each<[string, Recorded, string]>([
    [
      'by its tag',
      { api: {} },
      'runs an image by its tag, which may name another one by now: npm run deploy -- --stack dev',
    ],
    [
      'that nobody knows',
      { secret: 'ballast:api' },
      'does not tell which image version 1 ran, since its ballast:api had',
    ],
  ])('is refused beside an image %s', async (_, last, sentence) => {
    history(last);
    const { code, stderr } = await command('canary', ['--digest', b]);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toContain(sentence);
  });

  test('is refused while nothing was deployed', async () => {
    history();
    const { code, stderr } = await command('canary', ['--digest', b]);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toContain('No update of the stack dev has succeeded yet: npm run deploy -- --stack dev --digest D');
  });
});

describe('promote', () => {
  test('makes the canary’s image that of the API, and ends the canary', async () => {
    history({ api: { image: { digest: a }, canary: { digest: b, weight: 10 } } }, {});
    expect(await command('promote', [])).toMatchObject({ code: 0, stderr: '' });
    expect(apiOf(up()?.file ?? '')).toEqual({ image: { digest: b } });
    expect(up()?.args.at(-1)).toBe(`promotion of ${b}`);
  });

  test('is refused when the canary has another digest than is expected', async () => {
    history({ api: { image: { digest: a }, canary: { digest: b, weight: 10 } } }, {});
    const { code, stderr } = await command('promote', ['--digest', a]);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toBe(`The canary of the stack dev runs ${b}, and not ${a}.\n`);
  });

  test('is refused without a canary', async () => {
    history({});
    const { code, stderr } = await command('promote', []);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toBe('The stack dev has no canary: npm run canary -- --stack dev --digest D\n');
  });
});

test('carry-image sets in the stack’s file what runs, and updates nothing', async () => {
  history({ api: { image: { digest: a }, canary: { digest: b, weight: 10 } } });
  expect(await command('carry-image', [])).toMatchObject({ code: 0, stderr: '' });
  expect(apiOf(copy.read('Pulumi.dev.yaml'))).toEqual({ image: { digest: a }, canary: { digest: b, weight: 10 } });
  expect(up()).toBeUndefined();
});

describe('rollback', () => {
  test('updates the stack to the commit, the configuration and the image of the update before', async () => {
    history({ api: { image: { digest: b } } }, { head: earlier }, { head: earlier, result: 'failed' });
    const { code, stdout } = await command('rollback', []);
    expect(code).toBe(0);
    expect(stdout).toMatch(/goes back to version 2 of 2026-11-22T08:00:00\.000Z\n/);
    expect(stdout).toContain(`  commit  ${earlier}\n  image   ${a}\n`);
    expect(stdout).toContain('What does not: data that was written or deleted since');
    const call = up();
    expect(call?.args).toEqual([...updating, 'rollback to version 2']);
    const { config } = parse(call?.file ?? '') as { config: Record<string, unknown> };
    expect(config).toMatchObject({
      'ballast:tei': { model: 'an/earlier-model' },
      'ballast:api': { image: { digest: a } },
    });
    expect(call?.git).toEqual({ PULUMI_GIT_HEAD: earlier, PULUMI_GIT_COMMIT_MESSAGE: 'rollback to version 2' });
    expect(call?.folder).not.toBe(copy.folder);
    expect(existsSync(call?.folder ?? '')).toBe(false);
    expect(await copy.git('status', '--porcelain')).toBe('');
  });

  test('that is interrupted while it lays out a commit calls no update, and leaves nothing behind', async () => {
    copy.write('package-lock.json', `${copy.read('package-lock.json')}\n`);
    const other = await copy.commit('Other packages');
    await copy.git('reset', '--quiet', '--hard', commit);
    history({}, { head: other });
    program('npm', `touch '${bin}/installing'\nexec sleep 30`);
    const temporary = mkdtempSync(join(tmpdir(), 'ballast-delivery-'));
    try {
      const rolling = begin('rollback', [], { TMPDIR: temporary });
      const over = ended(rolling);
      await until('npm installs', () => existsSync(join(bin, 'installing')));
      rolling.kill('SIGTERM');
      expect(await over).toMatchObject({ code: 143 });
      expect([readdirSync(temporary), up()]).toEqual([[], undefined]);
    } finally {
      rmSync(join(bin, 'npm'), { force: true });
      rmSync(temporary, { recursive: true, force: true });
    }
  });

  test('is refused to an update without a secret that its commit has', async () => {
    copy.write(
      'Pulumi.dev.yaml',
      `${copy.read('Pulumi.dev.yaml')}  ballast:credentials: { a: { secure: v1:ciphertext } }\n`,
    );
    const later = await copy.commit('With a secret');
    await copy.git('reset', '--quiet', '--hard', commit);
    history({}, { head: later });
    const { code, stderr } = await command('rollback', []);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toContain(`had other secrets than its commit ${later} has sealed: ballast:credentials.`);
  });

  test('tells how the next change goes out, and goes no further back by itself', async () => {
    history({ api: { image: { digest: b } } }, {});
    const { stdout } = await command('rollback', []);
    expect(stdout).toContain(`the next change goes out by npm run deploy -- --stack dev --digest ${a}`);
    expect(stdout).toContain('A credential that was replaced since is\nagain the older one');
    history({ message: 'rollback to version 1' }, { api: { image: { digest: b } } }, {});
    const { code, stderr } = await command('rollback', []);
    expect(code).toBe(1);
    expect(stderr).toContain('no update before version 1, which runs again, has succeeded without a canary.');
  });

  test('ends as Pulumi did, and leaves nothing behind', async () => {
    history({}, {});
    expect(await command('rollback', [], { STANDIN_EXIT: '7' })).toMatchObject({ code: 7 });
    expect(existsSync(up()?.folder ?? '')).toBe(false);
  });

  test('prints the version to come back to later, and nothing else', async () => {
    history({ result: 'failed' }, { api: { canary: { digest: b, weight: 10 } } }, {}, {});
    expect(await command('rollback', ['--point'])).toEqual({ code: 0, stdout: '2\n', stderr: '' });
  });

  test.each<[string, () => void, string[], string]>([
    [
      'to a version that there is not',
      () => history({}, {}),
      ['--to', '9'],
      'there is no version 9; good ones are 2, 1.',
    ],
    ['with nothing before', () => history({}), [], 'no update before the newest one has succeeded without a canary.'],
    [
      'to a commit that is not in this clone',
      () => history({}, { head: unknown }),
      [],
      `is not in this clone: git fetch origin ${unknown}. A workflow checks out with fetch-depth: 0.`,
    ],
    [
      'to a configuration that was never committed',
      () => history({}, { api: { image: { digest: a }, replicas: 2 } }),
      [],
      'had another configuration than its commit %: ballast:api. It cannot be brought back: name another version',
    ],
    [
      'to a secret that was never committed',
      () => history({}, { secret: 'ballast:credentials' }),
      [],
      'had other secrets than its commit % has sealed: ballast:credentials.',
    ],
    [
      'to an update whose API had a secret',
      () => history({}, { secret: 'ballast:api' }),
      [],
      'does not tell which image version 1 ran, since its ballast:api had a secret in it.',
    ],
    [
      'as a point, where --to would refuse it',
      () => history({ api: { image: { digest: a }, replicas: 2 } }),
      ['--point'],
      'had another configuration than its commit %: ballast:api.',
    ],
    [
      'as a point, with a commit that is not in this clone',
      () => history({ head: unknown }),
      ['--point'],
      `is not in this clone: git fetch origin ${unknown}.`,
    ],
    ['of a stack that was never made', () => undefined, [], "no stack named 'dev' found"],
  ])('is refused %s', async (_, arrange, args, sentence) => {
    arrange();
    const { code, stderr } = await command('rollback', args);
    expect([code, up()]).toEqual([1, undefined]);
    expect(stderr).toContain(sentence.replace('%', commit));
  });
});

test.each([
  ['deploy', [], '--digest is missing: it must be sha256: and 64 hexadecimal digits, as the registry names the image'],
  ['canary', ['--digest', a, '--weight', '101'], '--weight must be a whole number from 0 to 100, not "101"'],
  ['rollback', ['--to', 'last'], '--to must be a whole number from 1 to 9007199254740991, not "last"'],
  ['rollback', ['--to', '1', '--point'], '--point and --to exclude each other'],
])('%s refuses the arguments %j before anything else', async (name, args, sentence) => {
  expect(await command(name, args)).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
  expect(calls()).toEqual([]);
});
