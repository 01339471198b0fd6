import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { root, run } from '../processes.ts';
import { newFolder } from './new-folder.ts';
import { programs } from './programs.ts';
import { workflow } from './workflow.ts';

// Several commands start one after the other, each beside other tests.
const timeoutMs = 180_000;

const steps = (job: string) => workflow('preview.yml').jobs[job]?.steps ?? [];

/** The folder that a job of preview.yml uploads as an artifact: what is in it is in the artifact. */
function uploaded(job: string): string {
  return String(steps(job).find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))?.with?.['path']);
}

/** The files to which a job of preview.yml writes, by the last argument of its commands that begin so. */
const outputs = (job: string, start: string): string[] =>
  steps(job).flatMap(({ run = '' }) =>
    run.startsWith(start) ? [run.split(' ').at(-1)?.replaceAll('"', '') ?? ''] : [],
  );

const [base = '', head = ''] = outputs('manifests', '.github/scripts/render-stacks.sh ');
const [digest = ''] = outputs('pulumi', '.github/scripts/preview-json.sh ');

const commit = 'c0ffee'.padEnd(40, '0');
const ofThisRepository = {
  SHA: commit,
  GITHUB_REPOSITORY: 'team/ballast',
  HEAD_REPOSITORY: 'team/ballast',
  CONCLUSION: 'success',
  PREVIEW_STACKS: '',
};
const ofFork = { ...ofThisRepository, HEAD_REPOSITORY: 'someone/ballast' };

/** What a run left: its files by the path where a job of preview.yml writes them, as comment.yml downloads them. */
function downloaded(jobs: Readonly<Record<string, (folder: string) => void>>): string {
  const artifacts = newFolder();
  for (const [job, write] of Object.entries(jobs)) {
    const runner = newFolder();
    write(runner);
    // With merge-multiple, which a rule demands, no artifact has a folder of its name.
    cpSync(join(runner, uploaded(job)), artifacts, { recursive: true });
  }
  return artifacts;
}

function writeTo(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const script = (name: string) => join(root, '.github/scripts', name);

describe('comment.sh', () => {
  const manifests =
    (...stacks: readonly string[]) =>
    (folder: string): void => {
      for (const stack of ['dev', 'prod']) writeTo(join(folder, base, stack, 'a.yaml'), '');
      for (const stack of stacks) writeTo(join(folder, head, stack, 'a.yaml'), '');
    };
  const pulumi =
    (stack: string, text = '{}') =>
    (folder: string): void =>
      writeTo(join(folder, digest.replace('$STACK', stack)), text);

  /** How the script asks for the comment. */
  async function asked(artifacts: string, env: Readonly<Record<string, string>>): Promise<string> {
    const path = programs({ npm: 'echo "$*"; case "$3" in policies) exit 1; esac' });
    const comment = join(newFolder(), 'comment.md');
    const { code, stderr } = await run(script('comment.sh'), [artifacts, comment], { env: { PATH: path, ...env } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return readFileSync(comment, 'utf8').replaceAll(artifacts, 'ARTIFACTS').trim();
  }
  const compared = `run -s preview -- --commit ${commit} --base ARTIFACTS/base --head ARTIFACTS/manifests`;

  test('tells what Pulumi says of a stack where that is there', async () => {
    const artifacts = downloaded({ manifests: manifests('dev', 'prod'), pulumi: pulumi('prod') });
    expect(await asked(artifacts, ofThisRepository)).toMatch(
      new RegExp(
        `^${compared} --policies \\S+ --stack dev --policies \\S+ --pulumi prod=ARTIFACTS/pulumi-prod/preview.json$`,
      ),
    );
  });

  test('tells that the preview by Pulumi failed, only where one was asked for', async () => {
    const artifacts = downloaded({ manifests: manifests('dev', 'prod'), pulumi: pulumi('dev', '') });
    const failed = { ...ofThisRepository, CONCLUSION: 'failure', PREVIEW_STACKS: '["dev"]' };
    expect(await asked(artifacts, failed)).toMatch(/ --stack dev --failed dev --policies \S+ --stack prod$/);
    expect(await asked(artifacts, { ...failed, CONCLUSION: 'success' })).not.toContain('--failed');
    expect(await asked(artifacts, { ...failed, PREVIEW_STACKS: '["development"]' })).not.toContain('--failed');
  });

  test('believes no preview by Pulumi of a fork', async () => {
    const artifacts = downloaded({ manifests: manifests('dev', 'prod'), pulumi: pulumi('prod') });
    const failed = { ...ofFork, CONCLUSION: 'failure', PREVIEW_STACKS: '["dev"]' };
    expect(await asked(artifacts, failed)).toMatch(/ --stack dev --policies \S+ --stack prod$/);
  });

  test('tells of every stack of main, rendered or not', async () => {
    const failed = { ...ofThisRepository, CONCLUSION: 'failure' };
    expect(await asked(downloaded({ manifests: manifests('dev') }), failed)).toMatch(
      new RegExp(`^${compared} --policies \\S+ --stack dev --stack prod$`),
    );
    expect(await asked(newFolder(), ofFork)).toMatch(/ --head \S+ --stack dev --stack prod$/);
  });

  test('compares nothing where there is nothing to compare with', async () => {
    const artifacts = downloaded({ manifests: (folder) => writeTo(join(folder, head, 'dev/a.yaml'), '') });
    expect(await asked(artifacts, ofFork)).toMatch(/ --head \S+\/none --stack dev --stack prod$/);
  });
});

describe('the comment', () => {
  let runner: string;
  beforeAll(async () => {
    runner = newFolder();
    const { code, stderr } = await run(script('render-stacks.sh'), [root, join(runner, head)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    cpSync(join(runner, head), join(runner, base), { recursive: true });
  }, timeoutMs);

  test('says what a pull request changes, and which rule that violates', { timeout: timeoutMs }, async () => {
    const dev = join(runner, head, 'dev');
    const api = join(dev, readdirSync(dev).find((name) => name.endsWith('-deployment-api.yaml')) ?? '');
    const manifest = readFileSync(api, 'utf8');
    writeFileSync(api, manifest.replace(/image: \S+ballast-api\S*/, 'image: ghcr.io/ballast/ballast-api:latest'));
    const artifacts = downloaded({ manifests: (folder) => cpSync(runner, folder, { recursive: true }) });
    expect(await run(process.execPath, [script('check-artifacts.js'), artifacts])).toMatchObject({
      stderr: '',
      code: 0,
    });

    const comment = join(newFolder(), 'comment.md');
    const { code, stderr } = await run(script('comment.sh'), [artifacts, comment], { env: ofFork });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = readFileSync(comment, 'utf8');
    expect(text).toContain('+ ghcr.io/ballast/ballast-api:latest');
    expect(text).toContain('`image-tag` `Deployment ballast-dev/api`');
    expect(text).toContain(commit.slice(0, 7));
    expect(text).toMatch(/^\| `prod` \| 0 \| 0 \| 0 \| 0 \|$/m);
  });

  test('says that the stacks could not be rendered', { timeout: timeoutMs }, async () => {
    const comment = join(newFolder(), 'comment.md');
    const { code, stderr } = await run(script('comment.sh'), [join(newFolder(), 'none'), comment], { env: ofFork });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(comment, 'utf8')).toMatch(/could not be rendered/);
  });
});
