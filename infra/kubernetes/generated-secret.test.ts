import { describe, expect, it } from 'vitest';
import { realise, type Registered } from '../../test/stack/realise.ts';
import type { SecretDescription } from '../secret.ts';
import type { KubernetesPlatformArgs } from './platform.ts';

const auth: SecretDescription = {
  name: 'redis-auth',
  rotation: 1,
  keys: {
    password: { from: 'generated', length: 32 },
    'auth.conf': { from: 'template', template: 'user $(password) and again $(password)\n' },
  },
};
const jwt: SecretDescription = {
  name: 'api-keys',
  rotation: 1,
  keys: { 'jwt-secret': { from: 'generated', length: 64 }, old: { from: 'previous', key: 'jwt-secret' } },
};
const realised = (secret: SecretDescription, changes?: Partial<KubernetesPlatformArgs>) =>
  realise({ some: { workloads: [], secrets: [secret] } }, changes);
const values = (registered: Registered, name: string) => registered.get('Secret', name).inputs['stringData'];

describe('a generated secret', () => {
  it('holds made values and texts around them, all marked as secret', async () => {
    const registered = await realised(auth);
    expect(values(registered, 'redis-auth')).toEqual({
      password: '<redis-auth-password-1>',
      'auth.conf': 'user <redis-auth-password-1> and again <redis-auth-password-1>\n',
    });
    expect(registered.get('Secret', 'redis-auth').secrets).toContain('stringData');
  });

  it('is letters and digits of the length that was asked for, below its part', async () => {
    const { inputs, options } = (await realised(auth)).get('RandomPassword', 'redis-auth-password-1');
    expect(inputs).toEqual({ length: 32, special: false });
    expect(options.parent).toMatch(/ballast:stack:SomePart::some$/);
  });

  it('has a name that does not change, and labels', async () => {
    const { metadata } = (await realised(auth)).get('Secret', 'redis-auth').inputs as { metadata: object };
    expect(metadata).toMatchObject({
      name: 'redis-auth',
      namespace: 'ballast-test',
      labels: { 'app.kubernetes.io/name': 'redis-auth', 'app.kubernetes.io/part-of': 'ballast' },
    });
  });

  it('holds credentials, also inside templates', async () => {
    const keys: SecretDescription['keys'] = {
      url: { from: 'template', template: 'postgresql://mlflow:$(word)@db' },
      word: { from: 'credential', credential: 'database' },
    };
    const registered = await realised({ name: 'store', rotation: 1, keys }, { credentials: { database: 'given' } });
    expect(values(registered, 'store')).toEqual({ word: 'given', url: 'postgresql://mlflow:given@db' });
  });

  it('is refused when a credential is missing, with how to give it', async () => {
    const keys: SecretDescription['keys'] = { key: { from: 'credential', credential: 'openai' } };
    await expect(realised({ name: 'provider-keys', rotation: 1, keys })).rejects.toThrow(
      "provider-keys needs ballast:credentials.openai; give it by: pulumi config set --secret --path 'ballast:credentials.openai'",
    );
  });

  it('is refused when a template names a key that is not there, or another template', async () => {
    for (const named of ['words', 'auth.conf']) {
      const keys = { ...auth.keys, 'auth.conf': { from: 'template', template: `$(${named})` } } as const;
      await expect(realised({ ...auth, keys })).rejects.toThrow(
        `A template of the secret redis-auth names $(${named}); it may name password`,
      );
    }
  });

  it('is refused when the previous value is of a key that is not generated', async () => {
    const keys = { ...jwt.keys, old: { from: 'previous', key: 'old' } } as const;
    await expect(realised({ ...jwt, keys })).rejects.toThrow(
      'The secret api-keys has old as the previous old, which is no generated key of it',
    );
  });
});

describe('a rotation', () => {
  it('has the same value as the previous one before the first', async () => {
    const registered = await realised(jwt);
    expect(values(registered, 'api-keys')).toEqual({
      'jwt-secret': '<api-keys-jwt-secret-1>',
      old: '<api-keys-jwt-secret-1>',
    });
  });

  it('makes a new value and keeps the one before', async () => {
    const registered = await realised({ ...jwt, rotation: 2 });
    expect(values(registered, 'api-keys')).toEqual({
      'jwt-secret': '<api-keys-jwt-secret-2>',
      old: '<api-keys-jwt-secret-1>',
    });
    expect(registered.names('RandomPassword')).toEqual(['api-keys-jwt-secret-1', 'api-keys-jwt-secret-2']);
  });

  it('gives the value before to templates, too', async () => {
    const template = { from: 'template', template: 'sk-$(old)' } as const;
    const registered = await realised({ ...jwt, rotation: 2, keys: { ...jwt.keys, key: template } });
    expect(values(registered, 'api-keys')).toMatchObject({ key: 'sk-<api-keys-jwt-secret-1>' });
  });

  it('drops the value before the previous one', async () => {
    const registered = await realised({ ...auth, rotation: 5 });
    expect(registered.names('RandomPassword')).toEqual(['redis-auth-password-4', 'redis-auth-password-5']);
  });

  it('protects the newest value where data is kept, and lets go of the one before', async () => {
    const protection = async (keepData: boolean) => {
      const registered = await realised({ ...jwt, rotation: 2 }, { keepData });
      return [2, 1].map((n) => registered.get('RandomPassword', `api-keys-jwt-secret-${n}`).options.protect);
    };
    expect(await protection(true)).toEqual([true, false]);
    expect(await protection(false)).toEqual([false, false]);
  });
});
