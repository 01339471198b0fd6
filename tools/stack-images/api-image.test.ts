import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as base from '../base-image.ts';
import * as client from '../docker.ts';
import * as build from '../docker-build.ts';
import { apiImage, sentFiles } from './api-image.ts';

vi.mock('../base-image.ts', { spy: true });
vi.mock('../docker.ts', { spy: true });
vi.mock('../docker-build.ts', { spy: true });

let folder: string;
let loaded: string;

/** With a Docker that writes the name of an image where it is to save it. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-api-image-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.spyOn(console, 'error').mockReturnValue();
  vi.mocked(base.importBaseImage).mockResolvedValue();
  vi.mocked(base.baseImageContent).mockReturnValue('base');
  vi.mocked(build.dockerBuild).mockResolvedValue();
  const daemon = { client: 'docker', host: '', stop: () => Promise.resolve() };
  vi.mocked(client.startDocker).mockResolvedValue(daemon);
  vi.mocked(client.docker).mockImplementation((_, command, ...args) => {
    if (command === 'load') loaded = readFileSync(args[1] ?? '', 'utf8');
    if (command === 'save') writeFileSync(args[1] ?? '', args[2] ?? '');
    return Promise.resolve('');
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetAllMocks();
  rmSync(folder, { recursive: true });
});

const name = 'ghcr.io/ballast/ballast-api:0.1.0';

describe("the API's image", () => {
  test('is built once for what it is made of, on the base that it stands on', async () => {
    const archive = await apiImage.make(name);
    expect(await apiImage.make(name)).toBe(archive);
    expect(build.dockerBuild).toHaveBeenCalledTimes(1);
    vi.mocked(base.baseImageContent).mockReturnValue('another base');
    expect(await apiImage.make(name)).not.toBe(archive);
    expect(build.dockerBuild).toHaveBeenCalledTimes(2);
  });

  test('has another archive under another tag, without another build', async () => {
    const first = await apiImage.make(name);
    const second = await apiImage.make('ghcr.io/ballast/ballast-api:next');
    expect([first, second].map((archive) => readFileSync(archive, 'utf8'))).toEqual([
      name,
      'ghcr.io/ballast/ballast-api:next',
    ]);
    expect(loaded).toBe(name);
    expect(client.docker).toHaveBeenCalledWith(expect.anything(), 'tag', name, 'ghcr.io/ballast/ballast-api:next');
    expect(build.dockerBuild).toHaveBeenCalledTimes(1);
  });

  test('is of the files that go to the builder, and of no others', () => {
    const files = sentFiles();
    expect(files).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'service/server.ts']));
    const left = /node_modules|\.test\.ts$|\/testing\.ts$|^service\/openapi\.json$|^(?!service\/|package)/;
    expect(files.filter((path) => left.test(path))).toEqual([]);
    expect(existsSync(join(import.meta.dirname, '../../service/openapi.json'))).toBe(true);
  });
});
