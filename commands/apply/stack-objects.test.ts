import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pretendedPassword } from '../../infra/render/collect.ts';
import { Failure } from '../failure.ts';
import { root } from '../running.js';
import { stackObjects } from './stack-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-stacks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const given = (stack: string, lines: string) => {
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), `config:\n  ballast:namespace: n\n${lines}`);
  return stackObjects(folder, stack);
};

describe('the objects of a stack', () => {
  test('are those of its program, namespace first, with the lengths of what is to be generated', async () => {
    const { config, manifests, generated } = await stackObjects(root, 'dev');
    expect(config.namespace).toBe('ballast-dev');
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
      'sealed',
      '  ballast:credentials: { deepinfra: { secure: abc } }\n',
      /encrypted values, which only Pulumi can read: ballast:credentials/,
    ],
    [
      'built',
      '  ballast:api: { image: { repository: registry.example.com/api, build: true } }\n',
      /builds its image or looks one up/,
    ],
  ])('are refused of a stack that is %s', async (stack, lines, message) => {
    const refused = stack === 'none' ? stackObjects(folder, stack) : given(stack, lines);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(Failure);
  });

  test('are refused of a stack without its credentials, with how to give each', async () => {
    await expect(stackObjects(root, 'prod')).rejects.toThrow(/ballast:credentials\.mlflowStoreUrl' --stack prod/);
  });
});
