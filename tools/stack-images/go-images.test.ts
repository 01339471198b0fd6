import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { images } from '../../infra/images.ts';
import type { ImageConfig } from '../cluster/image-archive.ts';
import { goImages } from './go-images.ts';

let folder: string;

/** With a `go` that writes what it is to build. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-go-images-'));
  mkdirSync(join(folder, 'module'));
  const script = `#!/bin/sh
[ "$1" = env ] && echo go1.26.0
[ "$1" = list ] && echo ${folder}/module
[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done
echo built > "$2"
`;
  writeFileSync(join(folder, 'go'), script);
  chmodSync(join(folder, 'go'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const used = Object.values(images).map((name) => [name.slice(0, name.lastIndexOf(':')), name] as const);

const fromArchive = (archive: string, file: string): unknown =>
  JSON.parse(execFileSync('tar', ['-xOf', archive, file], { encoding: 'utf8' }));

async function made(repository: string, name: string) {
  const archive = (await goImages[repository]?.make(name)) ?? '';
  const [{ RepoTags }] = fromArchive(archive, 'manifest.json') as [{ RepoTags: readonly string[] }];
  const { config } = fromArchive(archive, 'config.json') as { config: ImageConfig };
  return { RepoTags, config };
}

describe('an image from a Go module', () => {
  test.each(used.filter(([repository]) => repository in goImages))(
    '%s has the name that the stack asks for, and says what it is',
    async (repository, name) => {
      const { RepoTags, config } = await made(repository, name);
      expect(RepoTags).toEqual([name]);
      const what = goImages[repository]?.what ?? '';
      // https://github.com/jaegertracing/jaeger is no module from its second major version on.
      const differs = repository === 'docker.io/jaegertracing/jaeger' ? `${what}, in place of 2.20.0` : what;
      expect(config.Labels).toEqual({ 'org.opencontainers.image.description': differs });
    },
  );

  test('says the release of a module that is numbered otherwise', () => {
    expect(goImages['docker.io/prom/prometheus']?.what).toMatch(
      /^Prometheus 3\.15\.0 from its Go module \(v0\.315\.0\)/,
    );
    expect(goImages['docker.io/jaegertracing/jaeger']?.what).toMatch(
      /^Jaeger 2\.13\.0 from its Go module \(v1\.76\.0\)/,
    );
  });

  test('says that another release was asked for, also by digest', async () => {
    const name = `docker.io/grafana/loki:2.9.1@sha256:${'0'.repeat(64)}`;
    const { config } = await made('docker.io/grafana/loki', name);
    expect(config.Labels?.['org.opencontainers.image.description']).toMatch(/^Loki 3\..*, in place of 2\.9\.1$/);
  });

  test('says what was asked for by digest alone', async () => {
    const name = `docker.io/grafana/loki@sha256:${'0'.repeat(64)}`;
    const { config } = await made('docker.io/grafana/loki', name);
    expect(config.Labels?.['org.opencontainers.image.description']).toContain(`, in place of ${name}`);
  });

  test('starts its program', async () => {
    const { config } = await made('docker.io/grafana/loki', images.loki);
    expect(config.Entrypoint).toEqual(['/usr/bin/loki']);
  });
});
