import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { requestLimits } from '../../../service/contract/http.ts';
import { describeGateway, type GatewayArgs } from './gateway.ts';
import { publicPaths } from './public-paths.ts';
import { gatewaySettings, gatewaySources } from './settings.ts';

const settings = (input: z.input<typeof gatewaySettings>) => gatewaySettings.parse(input);
const args = (more: Partial<GatewayArgs> = {}): GatewayArgs => ({
  ...settings({ form: 'gateway', host: 'api.example.com' }),
  longestSeconds: 300,
  ...more,
});

describe('the part gateway', () => {
  it('leads the public paths of the host to the API', () => {
    expect(describeGateway(args())).toEqual({
      workloads: [],
      routes: [
        {
          name: 'api',
          host: 'api.example.com',
          paths: publicPaths(),
          backends: [{ workload: 'api', port: 'http', weight: 100 }],
          timeoutSeconds: 305,
          bodyBytes: requestLimits.bodyBytes,
        },
      ],
    });
  });

  it('gives the canary its percent and the API the rest', () => {
    expect(describeGateway(args({ canaryWeight: 10 })).routes?.[0]?.backends).toEqual([
      { workload: 'api', port: 'http', weight: 90 },
      { workload: 'api-canary', port: 'http', weight: 10 },
    ]);
    expect(describeGateway(args({ canaryWeight: 0 })).routes?.[0]?.backends).toHaveLength(2);
  });

  it('waits a whole number of seconds, longer than the longest answer', () => {
    expect(describeGateway(args({ longestSeconds: 400.5 })).routes?.[0]?.timeoutSeconds).toBe(406);
  });

  it('has no route when the API is not reached from outside', () => {
    expect(describeGateway(args({ form: 'none' }))).toEqual({ workloads: [] });
  });
});

describe('the sources of the gateway', () => {
  it('are the namespace and the addresses of its proxies, on the port http', () => {
    const from = { namespace: 'envoy', cidrs: ['10.1.0.0/16'] };
    expect(gatewaySources(settings({ form: 'ingress', from }))).toEqual([
      { namespace: 'envoy', port: 'http' },
      { cidrs: ['10.1.0.0/16'], port: 'http' },
    ]);
    expect(gatewaySources(settings({ form: 'gateway', from: { namespace: 'envoy' } }))).toHaveLength(1);
  });

  it('are none when the API is not reached from outside', () => {
    expect(gatewaySources(settings({ from: { namespace: 'envoy' } }))).toEqual([]);
  });
});

describe('the settings of the gateway', () => {
  it.each(['API.example.com', 'localhost', 'api_1.example.com', 'https://api.example.com', '*.example.com'])(
    'refuse %s as a host',
    (host) => {
      expect(() => settings({ host })).toThrow('a host name in lower case, such as api.example.com');
    },
  );
});
