import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jwtSecret } from '../../service/testing.ts';
import { freePort, root, run } from '../processes.ts';

/** Sends SIGTERM at the moment when the process begins to listen for it. */
const preload = `process.once('newListener', function tell(name) {
  if (name === 'SIGTERM') process.kill(process.pid, 'SIGTERM');
  else process.once('newListener', tell);
});`;

test('a service that is told to stop while it still loads ends without starting, with code 0', async () => {
  const hook = `data:text/javascript,${encodeURIComponent(preload)}`;
  const script = join(root, 'service', 'server.ts');
  const env = { JWT_SECRET: jwtSecret, PORT: String(await freePort()) };
  const server = await run(process.execPath, ['--no-warnings', '--import', hook, script], { env });
  expect(server).toEqual({ code: 0, stdout: '', stderr: '' });
});
