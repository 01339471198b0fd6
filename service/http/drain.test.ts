import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { buildTestApp } from '../testing.ts';
import { drain } from './drain.ts';

const readiness = 'GET /health/ready HTTP/1.1\r\nHost: ballast\r\n\r\n';

it('answers what comes on an idle connection once nothing listens any more, and closes it then', async () => {
  const { app, services } = await buildTestApp();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  client.setEncoding('utf8').on('data', (text: string) => (received += text));
  client.write(readiness);
  await once(client, 'data');
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
  expect(received).not.toMatch(/^connection: close\r$/im);

  services.lifecycle.draining();
  const drained = drain(app, services.lifecycle, 60_000);
  while (app.server.listening) await turn();
  await turn();
  received = '';
  client.write(readiness);
  await once(client, 'end');
  expect(received).toMatch(/^HTTP\/1\.1 503 /);
  expect(received).toMatch(/^connection: close\r$/im);
  await drained;
});
