import { describe, expect, test } from 'vitest';
import { Failure } from './failure.ts';
import { Kubectl, noKubectl } from './kubectl.ts';

/** A shell in place of kubectl, with a script. */
const shell = (script: string) => new Kubectl('sh', ['-c', script, 'sh']);

const failure = (kubectl: Kubectl): Promise<unknown> => kubectl.run(['get', 'pods']).catch((error: unknown) => error);

describe('kubectl', () => {
  test('gives what it printed of what it read', async () => {
    expect(await shell('echo "$* $(cat)"').run(['apply'], 'from here')).toBe('apply from here');
  });

  test('fails with its command and all that it complained of', async () => {
    const error = await failure(shell('echo one >&2; echo two >&2; exit 3'));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toHaveProperty('message', 'kubectl get pods: one\ntwo');
  });

  test('fails with how to get it where there is none', async () => {
    const error = await failure(new Kubectl('kubectl-that-nobody-has', []));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toHaveProperty('message', noKubectl);
  });
});
