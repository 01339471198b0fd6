import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { collect, unknownDigest } from '../render/collect.ts';
import type { RegisteredResource } from '../render/registered-resource.ts';
import { apiSettings } from '../stack/api/settings.ts';
import { apiImageReference } from './api-image.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const name = 'registry.test/api:1.2.3';

/** The reference for these settings, and what is registered to get it. */
async function reference(settings: object): Promise<{ reference: string; registered: RegisteredResource[] }> {
  const { image } = apiSettings.parse({ image: { repository: 'registry.test/api', tag: '1.2.3', ...settings } });
  let reference = '';
  const program = async () => {
    const found = output(apiImageReference(image));
    reference = await new Promise<string>((resolve) => found.apply(resolve));
  };
  const registered = await collect(program, { project: 'ballast', stack: 'test' });
  return { reference, registered };
}

describe('the image of the API', () => {
  it('is the tag of the configuration, and needs nothing to be known', async () => {
    expect(await reference({})).toEqual({ reference: name, registered: [] });
  });

  it('is tag and digest where delivery passes one', async () => {
    expect(await reference({ digest })).toEqual({ reference: `${name}@${digest}`, registered: [] });
  });

  it('has the digest that the registry says, when it is to be asked', async () => {
    const { reference: found, registered } = await reference({ lookUpDigest: true });
    expect(found).toBe(`${name}@${unknownDigest}`);
    expect(registered).toEqual([]);
  });

  it('does not ask for a digest that is given', async () => {
    expect((await reference({ digest, lookUpDigest: true })).reference).toBe(`${name}@${digest}`);
  });

  it('is built from this repository and pushed when asked for, and runs by the digest that came out', async () => {
    const { reference: built, registered } = await reference({ build: true, platform: 'linux/arm64' });
    expect(built).toBe(`${name}@${unknownDigest}`);
    const [image, ...more] = registered;
    expect(more).toEqual([]);
    expect(image).toMatchObject({ type: 'docker:index/image:Image', name: 'api-image', inputs: { imageName: name } });
    const { build } = image?.inputs as { build: { context: string; dockerfile: string } };
    expect(build).toMatchObject({ platform: 'linux/arm64', args: { VERSION: '1.2.3' } });
    expect(existsSync(join(build.context, 'service', 'server.ts'))).toBe(true);
    expect(build.dockerfile).toBe(join(build.context, 'Dockerfile'));
    expect(existsSync(build.dockerfile)).toBe(true);
    expect(image?.inputs).not.toHaveProperty('skipPush', true);
  });
});
