import { expect, onTestFinished, test, vi } from 'vitest';
import { ApiServerClient } from '../../tools/cluster/api-server-client.ts';
import { mirrored } from '../../tools/cluster/network-policies/mirror.ts';
import { ApiServer } from './api-server.ts';

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

const path = '/api/v1/namespaces/default/secrets';
const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } });

test('a mirror has what there is, whatever happened while its connection was broken', async () => {
  const server = await ApiServer.start();
  onTestFinished(() => server.stop());
  const print = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => print.mockRestore());
  const client = new ApiServerClient(server.access);
  const mirror = mirrored<Secret>(client, path);
  const names = async () => ((await mirror.next()).value as Secret[]).map(({ metadata }) => metadata.name);

  expect(await names()).toEqual([]);
  await server.apply(secret('first'));
  expect(await names()).toEqual(['first']);
  await server.apply(secret('second'));
  expect(await names()).toEqual(['first', 'second']);

  expect(print).not.toHaveBeenCalled();
  client.close();
  await server.request('DELETE', `${path}/first`);
  await server.apply(secret('third'));
  expect(await names()).toEqual(['second', 'third']);
  expect(print).toHaveBeenCalledExactlyOnceWith(
    expect.stringMatching(`^${path} is not heard of at the moment: Error: `),
  );

  await server.request('DELETE', `${path}/second`);
  expect(await names()).toEqual(['third']);
  await mirror.return(undefined);
  client.close();
});
