import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { dashboards } from '../../../dashboards/index.ts';
import { jaegerQueryLink, jaegerSettings } from '../jaeger.ts';
import { lokiLink, lokiSettings } from '../loki/loki.ts';
import { prometheusLink } from '../prometheus.ts';
import { prometheusSettings } from '../prometheus/settings.ts';
import { describeGrafana, type GrafanaArgs } from './grafana.ts';
import { grafanaSettings } from './settings.ts';

const settings = (input: z.input<typeof grafanaSettings> = {}) => grafanaSettings.parse(input);

const all = {
  prometheus: prometheusLink(prometheusSettings.parse({})),
  loki: lokiLink(lokiSettings.parse({})),
  jaeger: jaegerQueryLink(jaegerSettings.parse({})),
};

function grafana(input: z.input<typeof grafanaSettings> = {}, more: Partial<GrafanaArgs> = {}) {
  const description = describeGrafana({ ...settings(input), images: {}, rotation: 1, dataSources: all, ...more });
  const workload = description.workloads[0];
  const files = (name: string) =>
    workload?.volumes?.flatMap((volume) => (volume.kind === 'files' && volume.name === name ? [volume.files] : []))[0];
  return { description, workload, container: workload?.containers[0], files };
}

describe('Grafana', () => {
  it('listens on 3001 and serves its own metrics there', () => {
    const { container } = grafana();
    expect(container?.environment?.['GF_SERVER_HTTP_PORT']).toBe('3001');
    expect(container?.ports).toEqual([{ name: 'http', number: 3001, metrics: {} }]);
  });

  it('has no volume that outlives the pod, so that each start takes the password anew', () => {
    const kinds = grafana().workload?.volumes?.map(({ kind }) => kind);
    expect(kinds).not.toContain('persistent');
    expect(grafana().container?.mounts?.['data']).toBe('/var/lib/grafana');
    expect(grafana().workload?.runs).toEqual({ as: 'service', replicas: 1 });
  });

  it('takes a generated password and a key of its own, never the ones that everybody knows', () => {
    const { description, container } = grafana({}, { rotation: 3 });
    const generated = { from: 'generated', length: 32 };
    expect(description.secrets).toEqual([
      { name: 'grafana-admin', rotation: 3, keys: { password: generated, 'secret-key': generated } },
    ]);
    expect(container?.secretEnvironment).toEqual({
      GF_SECURITY_ADMIN_PASSWORD: { secret: 'grafana-admin', key: 'password' },
      GF_SECURITY_SECRET_KEY: { secret: 'grafana-admin', key: 'secret-key' },
    });
  });

  it('lets nobody in without a password', () => {
    expect(grafana().container?.environment).toMatchObject({
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
    });
  });

  it('asks nothing of the internet', () => {
    expect(grafana().container?.environment).toMatchObject({
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
      GF_NEWS_NEWS_FEED_ENABLED: 'false',
      GF_SECURITY_DISABLE_GRAVATAR: 'true',
    });
  });

  it('evaluates no rule of its own', () => {
    expect(grafana().container?.environment?.['GF_UNIFIED_ALERTING_EXECUTE_ALERTS']).toBe('false');
  });

  it('loads the plugins of its data sources and leaves out the others of the image', () => {
    const disabled = grafana().container?.environment?.['GF_PLUGINS_DISABLE_PLUGINS']?.split(',');
    for (const used of ['prometheus', 'loki', 'jaeger', 'alertmanager']) expect(disabled).not.toContain(used);
    expect(disabled).toContain('elasticsearch');
  });

  it('calls its data sources and nobody else', () => {
    expect(grafana().workload?.connections).toEqual([
      { to: 'workload', workload: 'prometheus', port: 'http' },
      { to: 'workload', workload: 'loki', port: 'http' },
      { to: 'workload', workload: 'jaeger', port: 'http' },
    ]);
    expect(grafana({}, { dataSources: {} }).workload?.connections).toEqual([]);
  });

  it('finds its data sources where it looks for them', () => {
    const { container, files } = grafana();
    expect(container?.mounts?.['data-sources']).toBe('/etc/grafana/provisioning/datasources');
    expect(parse(files('data-sources')?.['stack.yaml'] ?? '')).toMatchObject({
      apiVersion: 1,
      datasources: [{ uid: 'prometheus' }, { uid: 'loki' }, { uid: 'jaeger' }],
    });
  });

  it('shows every dashboard, in one folder', () => {
    const { container, files } = grafana();
    expect(container?.mounts?.['dashboard-folders']).toBe('/etc/grafana/provisioning/dashboards');
    const path = container?.mounts?.['dashboards'];
    expect(parse(files('dashboard-folders')?.['stack.yaml'] ?? '')).toMatchObject({
      apiVersion: 1,
      providers: [{ folder: 'Ballast', allowUiUpdates: false, options: { path } }],
    });
    const shown = Object.entries(files('dashboards') ?? {});
    expect(shown.map(([name]) => name)).toEqual([...dashboards().keys()]);
    for (const [name, text] of shown) expect(JSON.parse(text)).toMatchObject({ uid: dashboards().get(name)?.uid });
  });

  it('leads from its dashboards to the runbook where that is on the web', () => {
    const links = (more: Partial<GrafanaArgs>) => grafana({}, more).files('dashboards')?.['overview.json'];
    const page = 'https://git.example.com/ballast/blob/main/docs/runbook/${__data.fields.alertname}.md';
    expect(links({ repositoryUrl: 'https://git.example.com/ballast/blob/main/' })).toContain(page);
    expect(links({})).not.toContain('docs/runbook');
  });

  it('shows its own stack at first where Prometheus watches several', () => {
    const text = grafana({}, { namespace: 'ballast-prod' }).files('dashboards')?.['overview.json'];
    expect(text).toContain('"value":["ballast-prod"]');
  });

  it('has dashboards that fit into one ConfigMap', () => {
    const texts = Object.values(grafana().files('dashboards') ?? {});
    expect(texts).toHaveLength(dashboards().size);
    // https://kubernetes.io/docs/concepts/configuration/configmap/
    expect(Buffer.byteLength(texts.join(''))).toBeLessThan(2 ** 20);
  });

  it('opens with a dashboard that it has', () => {
    const { container, files } = grafana();
    const home = container?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    expect(Object.keys(files('dashboards') ?? {}).map((name) => `/etc/grafana/dashboards/${name}`)).toContain(home);
  });

  it('has no dashboard without Prometheus, which each of them asks', () => {
    const { container, workload } = grafana({}, { dataSources: { loki: all.loki } });
    expect(container?.environment).not.toHaveProperty('GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH');
    const mounted = Object.keys(container?.mounts ?? {});
    expect(mounted).toEqual(['data', 'tmp', 'data-sources']);
    expect(workload?.volumes?.map(({ name }) => name)).toEqual(mounted);
  });

  it('mounts the volumes that it has, and no other', () => {
    const { container, workload } = grafana();
    expect(new Set(Object.keys(container?.mounts ?? {}))).toEqual(new Set(workload?.volumes?.map(({ name }) => name)));
  });

  it('is ready when its database is too, and alive as long as it answers', () => {
    const healthy = { http: { path: '/api/health', port: 'http' } };
    expect(grafana().container?.probes).toMatchObject({
      startup: healthy,
      liveness: { http: { path: '/healthz', port: 'http' } },
      readiness: healthy,
    });
  });
});

describe('who reaches Grafana', () => {
  it('is nobody outside the stack unless told', () => {
    expect(grafana().workload?.admits).toEqual([]);
    expect(grafana().container?.environment?.['GF_SERVER_ROOT_URL']).toBe('http://localhost:3001');
  });

  it('is a namespace and addresses', () => {
    const from = { namespace: 'envoy-gateway-system', cidrs: ['10.1.0.0/16'] };
    expect(grafana({ from }).workload?.admits).toEqual([
      { namespace: 'envoy-gateway-system', port: 'http' },
      { cidrs: ['10.1.0.0/16'], port: 'http' },
    ]);
  });

  it('keeps its cookie to encrypted connections where the address is', () => {
    const cookie = (publicUrl: string) => grafana({ publicUrl }).container?.environment?.['GF_SECURITY_COOKIE_SECURE'];
    expect(cookie('https://grafana.example.com')).toBe('true');
    expect(cookie('http://grafana.example.com')).toBe('false');
  });
});

describe('the settings of Grafana', () => {
  it.each(['https://example.com/grafana', 'https://example.com?x=1', 'https://example.com/#top'])(
    'refuse %s, which has more than a host',
    (publicUrl) => {
      expect(() => settings({ publicUrl })).toThrow('a URL without a path');
    },
  );

  it.each(['https://grafana.example.com', 'https://grafana.example.com/', 'http://10.1.2.3:3001'])(
    'take %s',
    (publicUrl) => {
      expect(settings({ publicUrl }).publicUrl).toBe(publicUrl);
    },
  );

  it('refuse what is no address of a browser', () => {
    expect(() => settings({ publicUrl: 'ftp://grafana.example.com' })).toThrow('starts with https:// or http://');
  });

  it('refuse a user name that breaks a variable', () => {
    expect(() => settings({ adminUser: 'a b' })).toThrow('a user name');
  });
});
