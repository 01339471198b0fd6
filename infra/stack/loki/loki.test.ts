import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { describeLoki, lokiLink, lokiSettings } from './loki.ts';

const settings = (input: z.input<typeof lokiSettings> = {}) => lokiSettings.parse(input);

function describeWith(input: z.input<typeof lokiSettings> = {}) {
  const { workloads } = describeLoki({
    ...settings(input),
    images: {},
    namespace: 'ballast',
    keepData: true,
    apiSendsLogs: false,
  });
  const loki = workloads.find(({ name }) => name === 'loki');
  const files = loki?.volumes?.find((volume) => volume.kind === 'files')?.files;
  const configuration = parse(files?.['loki.yaml'] ?? '{}') as {
    auth_enabled?: boolean;
    analytics?: object;
    common?: { path_prefix: string };
    compactor?: { retention_enabled: boolean };
    limits_config?: { retention_period: string };
  };
  return { workloads, loki, configuration };
}

describe('Loki', () => {
  it.each([
    [{}, '336h'],
    [{ retentionDays: 1 }, '24h'],
    [{ retentionDays: 90 }, '2160h'],
  ])('with %j keeps logs for %s', (input, period) => {
    const { limits_config, compactor } = describeWith(input).configuration;
    expect(limits_config?.retention_period).toBe(period);
    // Without it the period is only a number.
    expect(compactor?.retention_enabled).toBe(true);
  });

  it('writes to the volume alone', () => {
    const { loki, configuration } = describeWith();
    expect(configuration.common?.path_prefix).toBe(loki?.containers[0].mounts?.['data']);
    expect(loki?.traits).toEqual({ keepData: true });
  });

  it('tells nobody about itself, and calls nobody', () => {
    const { loki, configuration } = describeWith();
    expect(configuration.analytics).toEqual({ reporting_enabled: false });
    expect(loki?.connections).toEqual([]);
  });

  it('is not restarted while it is only not ready yet', () => {
    const probes = describeWith().loki?.containers[0].probes;
    expect(probes?.liveness).toMatchObject({ tcp: { port: 'http' } });
    expect(probes?.readiness).toMatchObject({ http: { path: '/ready', port: 'http' } });
  });

  it('comes with Alloy', () => {
    expect(describeWith().workloads.map(({ name }) => name)).toEqual(['loki', 'alloy']);
  });

  it('is replaced by an existing one, to which Alloy then writes', () => {
    const { workloads } = describeWith({ use: 'external', url: 'http://loki.logging:3100' });
    expect(workloads.map(({ name }) => name)).toEqual(['alloy']);
    expect(workloads[0]?.connections).toContainEqual({ to: 'namespace', namespace: 'logging', ports: [3100] });
  });

  it('is nothing when it is off', () => {
    expect(describeWith({ use: 'off' }).workloads).toEqual([]);
  });
});

describe('the link to Loki', () => {
  it('leads to its HTTP port', () => {
    expect(lokiLink(settings())).toEqual({
      url: 'http://loki:3100',
      connection: { to: 'workload', workload: 'loki', port: 'http' },
    });
  });

  it('has no slash at its end', () => {
    expect(lokiLink(settings({ use: 'external', url: 'https://logs.example.com/loki/' }))?.url).toBe(
      'https://logs.example.com/loki',
    );
  });

  it('wants a URL', () => {
    expect(() => settings({ use: 'external' })).toThrow('needed with use: external');
  });
});
