import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, type Ended } from '../processes.ts';
import { RepositoryCopy } from '../repository-copy.ts';

/** A repository of its own with the program in it, so that a test may commit and change. */
let copy: RepositoryCopy;
beforeAll(async () => {
  copy = await RepositoryCopy.create();
  await copy.commit('The program');
});
afterAll(() => copy.remove());

// Not in the copy: a command finds its repository from anywhere.
const command = (name: string, ...args: string[]): Promise<Ended> =>
  run(process.execPath, ['--no-warnings', join(copy.folder, 'commands', `${name}.ts`), ...args]);

const folder = (name: string) => join(copy.folder, 'dist', name);
const files = (path: string) =>
  new Map(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));

/** Adds configuration to the stack dev for the length of one test. */
async function withConfiguration<T>(lines: string, use: () => Promise<T>): Promise<T> {
  const path = join(copy.folder, 'Pulumi.dev.yaml');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, `${before}${lines}`);
  try {
    return await use();
  } finally {
    writeFileSync(path, before);
  }
}

describe('npm run render', () => {
  it('writes the same bytes each time, one resource a file', async () => {
    const [first, second] = [
      await command('render', '--stack', 'dev', '--out', folder('a')),
      await command('render', '--stack', 'dev', '--out', folder('b')),
    ];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(files(folder('a'))).toEqual(files(folder('b')));
    for (const [name, text] of files(folder('a'))) {
      if (name.endsWith('.yaml')) expect(text.match(/^kind: /gm), name).toHaveLength(1);
    }
  });

  it('removes what an earlier render wrote and this one does not', async () => {
    await command('render', '--stack', 'dev', '--out', folder('a'));
    expect(existsSync(join(folder('a'), '14-statefulset-mlflow.yaml'))).toBe(true);
    await withConfiguration('  ballast:mlflow: { use: off }\n', () =>
      command('render', '--stack', 'dev', '--out', folder('a')),
    );
    expect(existsSync(join(folder('a'), '14-statefulset-mlflow.yaml'))).toBe(false);
  });

  it('writes nothing into a folder with manifests of somebody else', async () => {
    await command('render', '--stack', 'dev', '--out', folder('c'));
    const before = files(folder('c'));
    writeFileSync(join(folder('c'), 'mine.yaml'), 'kind: ConfigMap\n');
    const { code, stderr } = await command('render', '--stack', 'prod', '--out', folder('c'));
    expect(code).toBe(1);
    expect(stderr).toContain('holds files that no render made: mine.yaml');
    rmSync(join(folder('c'), 'mine.yaml'));
    expect(files(folder('c'))).toEqual(before);
  });

  it('names the stacks there are when asked for another', async () => {
    const { code, stderr } = await command('render', '--stack', 'staging', '--out', folder('d'));
    expect([code, stderr]).toEqual([1, 'There is no stack "staging": known are dev, prod\n']);
    expect(existsSync(folder('d'))).toBe(false);
  });

  it('says which key of a stack is wrong, its value and what is allowed, and writes nothing', async () => {
    const wrong = '  ballast:qdrant: { replicas: 2, storag: { size: 1Gi } }\n';
    const { code, stderr } = await withConfiguration(wrong, () =>
      command('render', '--stack', 'dev', '--out', folder('d')),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('ballast:qdrant.replicas is 2: 1, or 3 to 9: of two nodes neither is a majority');
    expect(stderr).toContain('ballast:qdrant.storag: there is no such key; did you mean storage?');
    expect(existsSync(folder('d'))).toBe(false);
  });

  it('tells an encrypted value from a wrong one without decrypting it', async () => {
    const sealed = '  ballast:credentials: { deepinfra: { secure: AAABAA== } }\n';
    const { code } = await withConfiguration(sealed, () => command('render', '--stack', 'dev', '--out', folder('e')));
    expect(code).toBe(0);
    const text = [...files(folder('e')).values()].join('');
    expect(text).toContain('provider-keys');
    expect(text).not.toContain('AAABAA==');
  });
});

describe('npm run alerts', () => {
  it('writes the rules of an operator for the namespace of one stack', async () => {
    const { code, stdout } = await command('alerts', '--out', folder('alerts'), '--namespace', 'team-a');
    expect(code).toBe(0);
    expect(readFileSync(join(folder('alerts'), 'operator', 'target-qdrant.yml'), 'utf8')).toContain(
      'expr: absent(up{job="qdrant", namespace="team-a"} == 1)',
    );
    expect(stdout).not.toContain('every namespace');
  });

  it('says what of it not to load, and that without a namespace the rules are for all', async () => {
    const { stdout } = await command('alerts', '--out', folder('alerts'));
    expect(stdout).toContain('Load a file target-JOB.yml only where Prometheus scrapes that job');
    expect(stdout).toContain(`The objects in ${join(folder('alerts'), 'operator')} read the series of every namespace`);
    expect(existsSync(join(folder('alerts'), 'rules', 'target-qdrant.yml'))).toBe(true);
  });

  it.each(['Team A', ''])('refuses the namespace "%s", and writes nothing', async (name) => {
    const { code, stderr } = await command('alerts', '--out', folder('refused'), `--namespace=${name}`);
    expect([code, stderr]).toEqual([
      1,
      `--namespace must be 1 to 63 of a-z, 0-9 and -, and start and end with a letter or digit; not "${name}"\n`,
    ]);
    expect(existsSync(folder('refused'))).toBe(false);
  });
});

describe('npm run policies', () => {
  it('refuses a program that is changed for the worse, and says where', async () => {
    const path = join(copy.folder, 'infra', 'stack', 'redis.ts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace("imageReference('redis', args.images)", "'docker.io/library/redis:latest'"));
    const { code, stdout } = await command('policies', '--stack', 'dev');
    writeFileSync(path, before);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^MANDATORY +high +image-tag +StatefulSet ballast-dev\/redis +container "redis" runs .*latest$/m,
    );
    expect(stdout).toMatch(/^dev: 1 mandatory and /m);
  });

  it('judges nothing by a configuration of the rules that is wrong, and says all that is wrong with it', async () => {
    const file = join(copy.folder, 'Pulumi.dev.policies.json');
    const before = readFileSync(file, 'utf8');
    const wrong = { 'image-tags': 'mandatory', probes: 'strict', 'required-labels': { labels: 'team' } };
    writeFileSync(file, JSON.stringify(wrong));
    const { code, stdout, stderr } = await command('policies', '--stack', 'dev');
    writeFileSync(file, before);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Pulumi.dev.policies.json: The configuration of the policies has 3 problem(s):');
    expect(stderr).toContain('image-tags: there is no such rule; there are image-tag, ');
    expect(stderr).toContain('probes: must be mandatory, advisory or disabled');
    expect(stderr).toContain('required-labels.labels: ');
  });
});

describe('npm run diff', () => {
  it('says that nothing changed, against a folder and against a revision', async () => {
    await command('render', '--stack', 'dev', '--out', folder('base'));
    expect(await command('diff', '--base', folder('base'), '--stack', 'dev')).toMatchObject({
      code: 0,
      stdout: 'No changes.\n',
    });
    expect(await command('diff', '--base', 'HEAD', '--stack', 'dev')).toMatchObject({
      code: 0,
      stdout: 'No changes.\n',
    });
  });

  it('names the resource and the fields that a change of the configuration reaches', async () => {
    const lines = '  ballast:redis: { maxMemory: 64mb }\n';
    const { stdout } = await withConfiguration(lines, () => command('diff', '--base', 'HEAD', '--stack', 'dev'));
    expect(stdout).toContain('### Stack `dev`: 0 added, 2 changed, 0 removed');
    expect(stdout).toContain('| `data["redis.conf"]` | `maxmemory 96mb` | `maxmemory 64mb` |');
    expect(stdout).toContain('StatefulSet `redis` (**restart**: its pod template changes)');
  });

  it('compares a change of the program itself with the program of the revision', async () => {
    const path = join(copy.folder, 'infra', 'stack', 'redis.ts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace("'volatile-lru'", "'volatile-lfu'"));
    const { stdout } = await command('diff', '--base', 'HEAD', '--stack', 'dev');
    writeFileSync(path, before);
    expect(stdout).toContain('`maxmemory-policy volatile-lru` | `maxmemory-policy volatile-lfu`');
  });

  it('says that a base is neither a folder nor a revision', async () => {
    const { code, stderr } = await command('diff', '--base', 'no-such-branch', '--stack', 'dev');
    expect([code, stderr]).toEqual([
      1,
      '--base "no-such-branch" is neither a folder nor a git revision of this repository\n',
    ]);
  });
});
