import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { defaultPort } from '../../service/contract/http.ts';
import { signToken } from '../../service/testing.ts';
import { baseImage } from '../../tools/base-image.ts';
import { dockerBuild } from '../../tools/docker-build.ts';
import { docker } from '../../tools/docker.ts';
import { listens, root, run, until } from '../processes.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { Container } from './container.ts';
import { addedTo, describeImage, type ImageDescription } from './image.ts';

const address = inject('docker');
const image = 'ballast-api:test';
/** Stands in the secret that the build is given, and must be nowhere else. */
const confidential = randomUUID();
const megabyte = 1_000_000;

/** A copy of the repository, so that both builds have the same files whatever happens to it meanwhile. */
const context = mkdtempSync(join(tmpdir(), 'ballast-context-'));

let description: ImageDescription;
let added: { paths: string[]; layers: Buffer[] };

beforeAll(async () => {
  const left = /^(node_modules|\.git|dist|\.ballast.*)$/;
  await cp(root, context, { recursive: true, filter: (path) => path === root || !left.test(basename(path)) });
  // What a checkout may hold, and the image must not.
  writeFileSync(join(context, '.npmrc'), `//packages.example.com/:_authToken=${confidential}\n`, { flag: 'a' });
  mkdirSync(join(context, 'service', 'node_modules', 'local'), { recursive: true });
  writeFileSync(join(context, 'service', 'node_modules', 'local', 'package.json'), '{}');

  const begin = Date.now();
  await dockerBuild(address, {
    tag: image,
    context,
    buildArgs: { VERSION: '1.2.3', REVISION: 'abc', SOURCE: 'https://git.example.com/ballast' },
    npmrc: `//packages.example.com/:_authToken=${confidential}`,
  });
  description = await describeImage(address, image);
  added = await addedTo(address, image, baseImage().tag);
  const base = await describeImage(address, baseImage().tag);
  const own = (description.Size - base.Size) / megabyte;
  console.log(
    `Built in ${Math.round((Date.now() - begin) / 1000)} s: ${Math.round(description.Size / megabyte)} MB, ` +
      `of which ${own.toFixed(1)} MB are the service.`,
  );
});

afterAll(() => rm(context, { recursive: true }));

describe('the image', () => {
  test('is for a user that is not root, by number, and has Node as the first process', () => {
    expect(description.Config.User).toBe('10001:10001');
    expect(description.Config.Entrypoint).toEqual(['node', '--no-warnings', 'server.ts']);
    expect(description.Config.Env).toEqual(expect.arrayContaining(['NODE_ENV=production', 'HOST=0.0.0.0']));
    expect(Object.keys(description.Config.ExposedPorts)).toEqual([`${defaultPort}/tcp`]);
  });

  test('checks its health every 30 s, for 10 s, after 5 s, three times', () => {
    const second = 1e9;
    expect(description.Config.Healthcheck).toEqual({
      Test: ['CMD', 'node', 'health-check.ts'],
      Interval: 30 * second,
      Timeout: 10 * second,
      StartPeriod: 5 * second,
      Retries: 3,
    });
  });

  test('says where it comes from', () => {
    expect(description.Config.Labels).toMatchObject({
      'org.opencontainers.image.source': 'https://git.example.com/ballast',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'abc',
    });
  });

  test('holds exactly the packages that the lock file has for the service in production', async () => {
    const packages = added.paths
      .map((path) => /^app\/((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1])
      .filter((path) => path !== undefined);
    expect(packages.sort()).toEqual(await lockedPackages());
    expect(packages.length).toBeGreaterThan(100);
  });

  test('holds no test, no source map, no types and no settings of npm', () => {
    const unwanted =
      /\.(test|spec)\.[cm]?[jt]s$|\/testing\.ts$|\/tests?(-[a-z]+)?(\.js|\/)|\.map$|node_modules\/.*\.[cm]?ts$|npmrc|lock\.json$/;
    expect(added.paths.filter((path) => unwanted.test(path))).toEqual([]);
    expect(added.paths.filter((path) => !/^(app|data)\//.test(path))).toEqual([]);
    expect(added.paths).toContain('app/service/server.ts');
  });

  test('keeps no secret of its build, in no layer and not in its history', async () => {
    expect(added.layers.some((layer) => layer.includes('shutDownOnSignal'))).toBe(true);
    expect(added.layers.some((layer) => layer.includes(confidential))).toBe(false);
    expect(await docker(address, 'history', '--no-trunc', image)).not.toContain(confidential);
  });

  test('adds less than 40 MB to its base', () => {
    const bytes = added.layers.reduce((sum, layer) => sum + layer.length, 0);
    expect(bytes / megabyte).toBeLessThan(40);
  });

  test('has the same layers when it is built again, from a checkout with other times and modes', async () => {
    await promisify(execFile)('chmod', ['-R', 'go=', context]);
    await promisify(execFile)('find', [context, '-exec', 'touch', '--date', '2020-02-02', '{}', '+']);
    await dockerBuild(address, { tag: `${image}-again`, context });
    const again = await describeImage(address, `${image}-again`);
    expect(again.RootFS.Layers).toEqual(description.RootFS.Layers);
  });
});

describe('a container', () => {
  test('starts without documents or any writable folder, healthy, and not as root', async () => {
    const container = await Container.start(address, image);
    await until('Docker finds it healthy', async () => (await container.state()).Health.Status === 'healthy');
    expect(await container.node('console.log(process.getuid(), process.getgid())')).toBe('10001 10001');
    expect(await container.log()).toContain('DATA_DIR cannot be written: documents are kept in memory');
    expect((await container.request('/query', { question: 'How do I change the port?' })).status).toBe(200);
  });

  test('answers from a mounted corpus with the source, and shows the page of the API', async () => {
    const corpus = ['--volume', `${join(root, 'docs', 'handbook')}:/corpus:ro`, '--tmpfs', '/data'];
    const container = await Container.start(address, image, corpus, { CORPUS_DIR: '/corpus' });
    const { answer, citations, model } = await container.ask('How do I change the port?');
    expect(model).toBe('embedded-extractive');
    expect(answer).toContain('PORT');
    expect(citations[0]?.id).toMatch(/\.md/);
    expect(await container.log()).not.toContain('cannot be written');
    for (const path of ['/docs/', '/docs/static/swagger-ui-bundle.js', '/openapi.json']) {
      expect((await container.request(path)).status, path).toBe(200);
    }
  });

  test('keeps documents on a volume over a restart', async () => {
    const container = await Container.start(address, image, ['--volume', '/data']);
    const stored = await container.request('/v1/documents', { id: 'tea', text: 'The tea is in the cupboard.' });
    expect(stored.status).toBe(201);
    await container.command('restart');
    await container.untilReady();
    expect((await container.ask('Where is the tea?')).answer).toContain('cupboard');
  });

  test('asks the models behind LLM_BASE_URL', async () => {
    const standin = await startLlmStandin({ reply: () => 'The stand-in says so.' });
    try {
      const container = await Container.start(address, image, [], { LLM_BASE_URL: standin.url });
      const response = await container.request('/v1/predict', { input: 'Who says so?' });
      expect(await response.json()).toMatchObject({ answer: 'The stand-in says so.' });
    } finally {
      await standin.close();
    }
  });

  test('can load every dependency', async () => {
    const { dependencies } = JSON.parse(readFileSync(join(context, 'service', 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const container = await Container.start(address, image);
    const script = `for (const name of ${JSON.stringify(Object.keys(dependencies))}) await import(name);`;
    await expect(container.node(script)).resolves.toBe('');
  });

  test('that is stopped cuts a request that does not end, and exits with 0 within the drain', async () => {
    const container = await Container.start(address, image, [], { SHUTDOWN_DRAIN_SECS: '1' });
    const socket = connect(container.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(
      `POST /query HTTP/1.1\r\nHost: ballast\r\nAuthorization: Bearer ${await signToken()}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n{',
    );
    await until('the request is in flight', () => answer.includes('100 Continue'));
    // Docker kills what has not ended after 10 s, which would be code 137.
    await container.command('stop');
    expect(await container.state()).toMatchObject({ Running: false, ExitCode: 0, OOMKilled: false });
    expect(await container.log()).toContain('"msg":"stopped');
    expect(await listens(container.port)).toBe(false);
  });

  test('says what its configuration lacks and exits with 78', async () => {
    const created = await run(address.client, ['--host', address.host, 'run', '--rm', '--network', 'none', image]);
    expect(created.code).toBe(78);
    expect(created.stdout).toContain('JWT_SECRET');
  });
});

/** Paths of the packages that npm installs for the service in production, but for TypeScript: a peer for its types. */
async function lockedPackages(): Promise<string[]> {
  const args = ['ls', '--package-lock-only', '--workspace', 'service', '--omit=dev', '--all', '--parseable'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: context });
  const paths = stdout
    .trim()
    .split('\n')
    .map((path) => relative(context, path));
  return paths
    .filter((path) => !['', 'node_modules/@ballast/service', 'node_modules/typescript'].includes(path))
    .sort();
}
