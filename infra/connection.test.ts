import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { externalConnection, type Connection } from './connection.ts';

const internet: Connection = { to: 'internet' };
const addresses = (cidr: string, port: number): Connection => ({ to: 'addresses', cidrs: [cidr], ports: [port] });
const namespace = (name: string, port: number): Connection => ({ to: 'namespace', namespace: name, ports: [port] });

describe('the edge to something outside the stack', () => {
  it.each([
    ['https://api.openai.com/v1', internet],
    ['https://openai.com', internet],
    ['rediss://cache.example.com:443/0', internet],
    ['https://10.1.2.3', addresses('10.1.2.3/32', 443)],
    ['rediss://me@10.1.2.3:6380/0', addresses('10.1.2.3/32', 6380)],
    ['https://93.184.215.14', addresses('93.184.215.14/32', 443)],
    ['https://[fd00::1]/v1', addresses('fd00::1/128', 443)],
    ['redis://[2001:db8::7]', addresses('2001:db8::7/128', 6379)],
    ['http://tei.models:8080', namespace('models', 8080)],
    ['http://tei.models', namespace('models', 80)],
    ['https://tei.models', namespace('models', 443)],
    ['postgresql://postgres.databases', namespace('databases', 5432)],
    ['http://mlflow.ml.svc:5000', namespace('ml', 5000)],
    ['http://loki.logging.svc.cluster.local:3100', namespace('logging', 3100)],
    ['https://id.dev.svc', namespace('dev', 443)],
  ])('of %s', (url, connection) => {
    expect(externalConnection(url)).toEqual(connection);
  });

  it.each([
    'https://api.example.com:8443',
    'http://api.example.com',
    // One label is a name of the caller's own network.
    'https://vault',
    'https://localhost',
    'https://git.corp.internal',
    'https://printer.lan.local',
    'https://router.home.arpa',
    // Two labels, of which the second is a top-level domain.
    'http://example.com:8080',
  ])('is refused where only the caller knows the addresses: %s', (url) => {
    expect(() => externalConnection(url)).toThrow(
      `${url}: say in "egress" which addresses this is, since only public names on port 443 are open; ` +
        'a Service of the cluster is name.namespace.svc',
    );
  });

  it('is what the caller says, whatever the name, on the port of the URL', () => {
    const cidrs = ['192.0.2.0/24', 'fd00::/64'];
    for (const [url, port] of [
      ['http://api.example.com:8080', 8080],
      ['https://api.example.com', 443],
      ['rediss://cache.example.com', 6379],
      ['http://tei.models', 80],
    ] as const) {
      expect(externalConnection(url, { cidrs })).toEqual({ to: 'addresses', cidrs, ports: [port] });
    }
  });

  it('does not repeat a password when it is refused', () => {
    expect(() => externalConnection('http://me:hunter2@api.example.com')).toThrow('http://***@api.example.com: say');
  });
});

/** Ranges that are no part of the internet: https://www.iana.org/assignments/iana-ipv4-special-registry/ and its sister. */
const reserved = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  reserved.addSubnet(address, bits, 'ipv4');
}

describe('an address', () => {
  const scheme = fc.constantFrom('https', 'http', 'redis', 'rediss', 'postgresql');
  const port = fc.constantFrom('', ':443', ':6379', ':80');

  it('never is the internet: only it is opened', () => {
    fc.assert(
      fc.property(scheme, fc.oneof(fc.ipV4(), fc.ipV6()), port, (name, address, at) => {
        const host = isIP(address) === 6 ? `[${address}]` : address;
        const connection = externalConnection(`${name}://${host}${at}`);
        expect(connection.to).toBe('addresses');
        const [cidr = ''] = connection.to === 'addresses' ? connection.cidrs : [];
        const [opened = '', bits] = cidr.split('/');
        expect(bits).toBe(isIP(address) === 6 ? '128' : '32');
        expect(isIP(opened)).toBe(isIP(address));
      }),
    );
  });

  it('is not the internet either when it is private and written another way that a URL allows', () => {
    const written = fc.oneof(fc.ipV4(), fc.ipV4Extended());
    fc.assert(
      fc.property(written, (address) => {
        const { hostname } = new URL(`https://${address}`);
        if (reserved.check(hostname)) expect(externalConnection(`https://${address}`)).not.toEqual(internet);
      }),
    );
  });
});
