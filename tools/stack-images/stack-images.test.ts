import { describe, expect, test } from 'vitest';
import { images } from '../../infra/images.ts';
import { isAnotherRelease } from './recipe.ts';
import { recipeOf } from './stack-images.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('how an image is made', () => {
  test('is known for every image of the stack', () => {
    expect(Object.values(images).filter((name) => recipeOf(name) === undefined)).toEqual([]);
  });

  test('goes by its repository, whatever its tag and digest', () => {
    const names = [
      'ghcr.io/ballast/ballast-api',
      'ghcr.io/ballast/ballast-api:0.1.0',
      `ghcr.io/ballast/ballast-api@${digest}`,
    ];
    expect(names.map((name) => recipeOf(name)?.kind)).toEqual(['own', 'own', 'own']);
    expect(recipeOf('registry.example.com:5000/ballast/ballast-api:0.1.0')).toBeUndefined();
  });

  test('says which release is in place of another one', () => {
    const others = Object.values(images).filter((name) => isAnotherRelease(recipeOf(name)?.what ?? ''));
    expect(others).toEqual([images.redis, images.redisExporter, images.jaeger]);
    expect(recipeOf(images.redis)?.what).toMatch(/^Redis 7\.0 from Debian \w+, in place of 7\.4\.6$/);
    expect(recipeOf('docker.io/grafana/loki:latest')?.what).toMatch(/, in place of docker\.io\/grafana\/loki:latest$/);
  });
});
