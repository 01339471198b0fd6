import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hasEnded } from '../../commands/running.js';
import type { Verdict } from '../../commands/promote/check-guards.ts';
import type { SmokeResult } from '../../commands/smoke/run-smoke.ts';
import { jwtSecret, signToken } from '../../service/testing.ts';
import { ended, root, start, until, type Ended } from '../processes.ts';
import { LocalStack } from './local-stack.ts';

let service: LocalStack;
let token: string;
beforeAll(async () => {
  service = await LocalStack.create({ JWT_SECRET: jwtSecret, JSON_GUARD_MAX_ATTEMPTS: '1' });
  const { code, stderr } = await service.command('up');
  if (code !== 0) throw new Error(stderr);
  token = await signToken();
});
afterAll(() => service.dispose());

/** No service and no one-node cluster, which this machine may have. */
const nothingRuns = {
  BALLAST_STATE_DIR: join(tmpdir(), 'ballast-smoke-that-runs-nothing'),
  KUBECONFIG: '/some/kubeconfig',
};

const startCommand = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start(process.execPath, ['--no-warnings', join(root, 'commands', `${name}.ts`), ...args], {
    env: { ...nothingRuns, ...env },
  });
const command = (...given: Parameters<typeof startCommand>): Promise<Ended> => ended(startCommand(...given));

type Answer = (request: IncomingMessage, response: ServerResponse, pass: () => void) => void;

/** A service in front of another: it passes everything on, but for what a test takes. */
async function inFrontOf(port: number, answer: Answer): Promise<string> {
  const server: Server = createServer((request, response) =>
    answer(request, response, () => {
      const { method, url, headers } = request;
      const onward = forward({ host: '127.0.0.1', port, method, path: url, headers }, (answered) => {
        response.writeHead(answered.statusCode ?? 500, answered.headers);
        answered.pipe(response);
      });
      request.pipe(onward);
    }),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The documents that the tenant of the token has of its own. */
async function documents(): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${service.url}/v1/documents?limit=1000`, { headers });
  const { documents: all } = (await response.json()) as { documents: { shared: boolean }[] };
  return all.filter(({ shared }) => !shared);
}

/**
 * A kubectl that forwards ports as the real one does, by what it prints and how it ends, to a service on this machine: no cluster
 * with running pods is at hand here. It knows the Secret that signs tokens.
 */
function kubectlFor(target: number, more = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-kubectl-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = `
    const { appendFileSync } = require('node:fs');
    const { connect, createServer } = require('node:net');
    const args = process.argv.slice(2);
    appendFileSync(${JSON.stringify(join(folder, 'calls'))}, process.pid + ' ' + args.join(' ') + '\\n');
    const fail = (message) => { console.error(message); process.exit(1); };
    ${more}
    if (args.includes('secret')) {
      process.stdout.write(${JSON.stringify(Buffer.from(jwtSecret).toString('base64'))});
    } else {
      const server = createServer((socket) => {
        console.log('Handling connection for ' + server.address().port);
        const onward = connect(${target}, '127.0.0.1');
        for (const [from, to] of [[socket, onward], [onward, socket]]) from.on('error', () => to.destroy()).pipe(to);
      });
      server.listen(0, '127.0.0.1', () =>
        console.log('Forwarding from 127.0.0.1:' + server.address().port + ' -> 8000'));
    }`;
  const path = join(folder, 'kubectl');
  writeFileSync(path, `#!${process.execPath}\n${script}`);
  chmodSync(path, 0o755);
  return folder;
}

/** How a kubectl of {@link kubectlFor} was called. */
function readCalls(folder: string): { readonly pid: number; readonly args: string }[] {
  const lines = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  return lines.map((line) => ({ pid: Number(line.split(' ')[0]), args: line.slice(line.indexOf(' ') + 1) }));
}

describe('a smoke test', () => {
  test('asks every endpoint of a service that is well, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await command('smoke', ['--url', service.url], { BALLAST_TOKEN: token });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ENDPOINT +RESULT +TIME +EVIDENCE\nGET \/ +ok +\d+ ms +ballast /);
    expect(stdout).toMatch(/^POST \/query +ok +\d+ ms +cites smoke-[0-9a-f]{16}, by embedded-extractive, full$/m);
    expect(stdout).not.toMatch(/FAILED|not a/);
    expect(stdout.endsWith(`\n\n${service.url} answers as it should.\n`)).toBe(true);
    expect(await documents()).toEqual([]);
  });

  test('names the endpoint that is wrong, and deletes its document at the second try', async () => {
    let deletions = 0;
    const url = await inFrontOf(service.port, (request, response, pass) => {
      const isWrong = request.method === 'DELETE' && deletions++ === 0;
      if (isWrong) response.writeHead(200, { 'content-type': 'application/json' }).end('{"deleted":true}');
      else pass();
    });
    const { code, stdout } = await command('smoke', ['--url', url, '--json'], { BALLAST_TOKEN: token });
    const told = JSON.parse(stdout) as { passed: boolean; endpoints: SmokeResult[] };
    expect([code, told.passed]).toEqual([1, false]);
    expect(told.endpoints.filter(({ result }) => result !== 'ok')).toMatchObject([
      { endpoint: 'DELETE /v1/documents/:id', result: 'FAILED', evidence: 'answered 200, not 204' },
    ]);
    expect(told.endpoints.at(-1)).toMatchObject({ endpoint: 'DELETE /v1/documents/:id, to clean up', result: 'ok' });
    expect(await documents()).toEqual([]);
  });

  test('that is interrupted while a question hangs deletes its document', async () => {
    let hanging = 0;
    const url = await inFrontOf(service.port, (request, _response, pass) => {
      if (request.url === '/query') hanging++;
      else pass();
    });
    const child = startCommand('smoke', ['--url', url], { BALLAST_TOKEN: token });
    const end = ended(child);
    await until('a question hangs', () => hanging > 0);
    expect(await documents()).toHaveLength(1);
    child.kill('SIGTERM');
    const { code, stdout } = await end;
    expect(code).toBe(143);
    expect(stdout).toMatch(/^POST \/query +FAILED +\d+ ms +\S+ does not answer POST \/query: interrupted$/m);
    expect(await documents()).toEqual([]);
  });

  test('does not fail for what its token may not see', async () => {
    const narrow = await signToken({ scope: 'query ingest' });
    const { code, stdout } = await command('smoke', ['--url', service.url, '--token', narrow]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^GET \/config +not allowed +\d+ ms +the token lacks the scope admin; it has: /m);
    expect(stdout).not.toContain(narrow);
  });

  test('reaches the canary of a stack through kubectl, with a token that the stack’s own secret signs', async () => {
    const folder = kubectlFor(service.port);
    const path = { PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) };
    const { code, stdout, stderr } = await command('smoke', ['--stack', 'dev', '--canary'], path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(jwtSecret);
    const calls = readCalls(folder);
    expect(calls.map(({ args }) => args)).toEqual([
      'get secret api-keys --namespace ballast-dev --ignore-not-found --output jsonpath={.data.jwt-secret}',
      'port-forward --namespace ballast-dev --address 127.0.0.1 service/api-canary :8000',
    ]);
    expect(calls.filter(({ pid }) => !hasEnded(pid))).toEqual([]);
  });
});

test('promote:check reaches the canary of a stack in the same way', async () => {
  const folder = kubectlFor(service.port);
  const path = { PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) };
  const { stdout, stderr } = await command('promote-check', ['--stack', 'dev', '--json'], path);
  expect(stderr).toBe('');
  const { guards } = JSON.parse(stdout) as Verdict;
  // The service here gives a model one attempt for valid JSON, so as to be quick.
  expect(guards.filter(({ passed }) => !passed).map(({ guard }) => guard)).toEqual(['json guard']);
  expect(readCalls(folder).at(-1)?.args).toContain('service/api-canary :8000');
});

describe('a stack that kubectl does not reach', () => {
  test.each([
    ['without a kubectl', undefined, 'There is no kubectl on the PATH, which reaches a stack'],
    [
      'without the Service',
      `if (!args.includes('secret')) fail('Error from server (NotFound): services "api" not found');`,
      'kubectl does not forward a port to service/api in the namespace ballast-dev: Error from server (NotFound): services "api" not found\n',
    ],
    [
      'when the pod goes',
      `if (!args.includes('secret')) setTimeout(() => fail('error: lost connection to pod'), 200);`,
      'kubectl does not forward a port to service/api in the namespace ballast-dev: error: lost connection to pod\n',
    ],
  ])('is told so %s', async (_, more, sentence) => {
    const folder = more === undefined ? '/nowhere' : kubectlFor(service.port, more);
    const { code, stderr } = await command('smoke', ['--stack', 'dev'], { PATH: folder });
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
  });

  test('or may not read the secret of: the checks that need a token say so', async () => {
    const more = `if (args.includes('secret')) fail('Error from server (Forbidden): secrets "api-keys" is forbidden');`;
    const folder = kubectlFor(9, more);
    const { code, stdout } = await command('smoke', ['--stack', 'dev', '--json'], { PATH: folder });
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { endpoints: SmokeResult[] }).endpoints[0]?.result).toBe('FAILED');
  });
});

test.each([
  [[], 'Name the service: npm run smoke -- --url http://HOST:PORT'],
  [['--canary'], '--canary needs --stack S'],
  [['--stack', 'dev', '--url', 'http://a'], '--url and --stack exclude each other'],
  [['--stack', 'nope'], 'There is no stack "nope": known are dev, prod'],
])('a smoke test refuses the arguments %j', async (args, sentence) => {
  expect(await command('smoke', args)).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
});
