import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toDaemon, type DockerClient } from './docker.ts';
import { runShown } from './run-shown.ts';

const run = promisify(execFile);

/** How an image is built. */
export interface Build {
  readonly tag: string;
  /** The folder that holds the Dockerfile. */
  readonly context: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Beside those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Added to the `.npmrc` that the build is given as a secret. */
  readonly npmrc?: string;
}

/**
 * Builds the image from nothing, with this machine's settings of npm as secrets, as docs/handbook/image.md says. What
 * Docker says of it is on standard error.
 *
 * @throws when the build fails, with that.
 */
export async function dockerBuild(
  client: DockerClient,
  { tag, context, buildArgs = {}, labels = {}, npmrc = '' }: Build,
): Promise<void> {
  const secrets = mkdtempSync(join(tmpdir(), 'ballast-secrets-'));
  try {
    const settings = await npmSettings();
    writeFileSync(join(secrets, 'npmrc'), `${settings.npmrc}\n${npmrc}\n`);
    const args = [
      ...['build', '--no-cache', '--network', 'host', '--tag', tag],
      ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
      ...['--secret', `id=npmrc,src=${join(secrets, 'npmrc')}`],
      ...(settings.certificates === undefined ? [] : ['--secret', `id=ca,src=${settings.certificates}`]),
      context,
    ];
    // The Dockerfile needs BuildKit, which a client before 23 uses only when it is told to.
    const { code, messages } = await runShown(client.client, [...toDaemon(client), ...args], { DOCKER_BUILDKIT: '1' });
    if (code !== 0) throw new Error(`docker build failed:\n${messages}`);
  } finally {
    rmSync(secrets, { recursive: true });
  }
}

/** The registry of this machine, with the certificates that reaching it takes. */
async function npmSettings(): Promise<{ npmrc: string; certificates: string | undefined }> {
  const { stdout } = await run('npm', ['config', 'list', '--json', '--long'], {
    cwd: tmpdir(),
  });
  const { registry, cafile, userconfig } = JSON.parse(stdout) as Record<string, string | null>;
  const own = userconfig && existsSync(userconfig) ? readFileSync(userconfig, 'utf8') : '';
  const certificates = cafile || process.env['NODE_EXTRA_CA_CERTS'] || undefined;
  const lines = [own, `registry=${registry}`, ...(certificates === undefined ? [] : ['cafile=/run/secrets/ca'])];
  return { npmrc: lines.join('\n'), certificates };
}
