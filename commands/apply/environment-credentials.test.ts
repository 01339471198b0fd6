import { expect, test } from 'vitest';
import { environmentCredentials, giveInEnvironment } from './environment-credentials.ts';

test('a credential is given by the variable that the remedy names, and an empty one is none', () => {
  const variable = giveInEnvironment('deepinfra').split(' ').at(-1) ?? '';
  const environment = { [variable]: 'sk-given', BALLAST_CREDENTIAL_empty: '', BALLAST_STATE_DIR: '/some' };
  expect(environmentCredentials(environment)).toEqual({ deepinfra: 'sk-given' });
});
