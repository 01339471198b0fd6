import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pretendedPassword } from '../../infra/render/collect.ts';
import { Failure } from '../failure.ts';
import { root } from '../running.js';
import { withValues } from './generated-values.ts';
import { stackObjects } from './stack-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-stacks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const none = { environment: {}, kept: {} };

const given = (stack: string, lines: string) => {
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), `config:\n  ballast:namespace: n\n${lines}`);
  return stackObjects(folder, stack, none);
};

describe('the objects of a stack', () => {
  test('are those of its program, namespace first, with the lengths of what is to be generated', async () => {
    const { manifests, generated } = await stackObjects(root, 'dev', none);
    expect(manifests[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'ballast-dev' } });
    expect(generated.get('redis-auth-password-1')).toBe(32);
    const secret = manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'redis-auth');
    expect(secret).toMatchObject({ stringData: { password: pretendedPassword('redis-auth-password-1') } });
  });

  test('name the fields that others set', async () => {
    const { manifests, setByOthers } = await given('scaled', '  ballast:api: { scaling: { min: 1, max: 2 } }\n');
    const api = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'api');
    expect(api && setByOthers.get(api)).toEqual(['spec.replicas']);
  });

  test('hold every generated value in a Secret, where it is filled in', async () => {
    const { manifests, generated } = await stackObjects(root, 'dev', none);
    const values = new Map([...generated.keys()].map((name) => [name, 'filled']));
    const whole = manifests.map((manifest) => withValues(manifest, values));
    expect(JSON.stringify(whole)).not.toContain(pretendedPassword('redis-auth-password-1'));
  });

  test('have the credentials that a user gave', async () => {
    const lines = '  ballast:credentials: { deepinfra: sk-given }\n';
    const { manifests } = await given('credential', lines);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toContainEqual(
      expect.objectContaining({ stringData: expect.objectContaining({ deepinfra: 'sk-given' }) as unknown }),
    );
  });

  test.each([
    ['none', '', /^There is no stack "none": known are /],
    ['wrong', '  ballast:api: { scaling: { min: 0, max: 2 } }\n', /ballast:api\.scaling\.min/],
    [
      'built',
      '  ballast:api: { image: { repository: registry.example.com/api, build: true } }\n',
      /builds its image or looks one up/,
    ],
  ])('are refused of a stack that is %s', async (stack, lines, message) => {
    const refused = stack === 'none' ? stackObjects(folder, stack, none) : given(stack, lines);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(Failure);
  });
});
