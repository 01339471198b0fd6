import { expect, test, vi } from 'vitest';
import { imageArchive, imageName } from './image-name.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test.each([
  ['docker.io/library/redis:7.4.6', { repository: 'docker.io/library/redis', tag: '7.4.6' }],
  [`docker.io/library/redis:7.4.6@${digest}`, { repository: 'docker.io/library/redis', tag: '7.4.6' }],
  [`docker.io/library/redis@${digest}`, { repository: 'docker.io/library/redis', tag: undefined }],
  ['localhost:5000/redis:7', { repository: 'localhost:5000/redis', tag: '7' }],
  ['localhost:5000/redis', { repository: 'localhost:5000/redis', tag: undefined }],
])('%s is taken apart', (name, parts) => {
  expect(imageName(name)).toEqual(parts);
});

test('archives of one repository are together, apart from those of others', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/cache');
  const images = '/cache/ballast/images/docker.io';
  expect(imageArchive('docker.io/library/redis:7', 'abc')).toBe(`${images}/library/redis/7-abc.tar`);
  expect(imageArchive(`docker.io/grafana/loki@${digest}`, 'abc')).toBe(`${images}/grafana/loki/untagged-abc.tar`);
  vi.unstubAllEnvs();
});
