import type { GrafanaSettings } from './settings.ts';

/** Where it listens: 3000 is taken by too much else on a developer's machine. */
export const grafanaPort = 3001;

/** Folder of the dashboards' files. */
export const dashboardFolder = '/etc/grafana/dashboards';

/**
 * Grafana's settings, as variables `GF_<section>_<key>`:
 * https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
 *
 * Nobody gets in without a password, and Grafana talks to nothing but its data sources, which is also all that the network
 * lets it.
 *
 * @param home File of the dashboard that one meets first; Grafana's own page unless set.
 */
export function grafanaEnvironment(
  { publicUrl, adminUser }: GrafanaSettings,
  home: string | undefined,
): Record<string, string> {
  return {
    GF_SERVER_HTTP_PORT: String(grafanaPort),
    GF_SERVER_ROOT_URL: publicUrl,
    GF_LOG_CONSOLE_FORMAT: 'json',
    ...(home !== undefined && { GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${dashboardFolder}/${home}` }),

    GF_SECURITY_ADMIN_USER: adminUser,
    GF_SECURITY_COOKIE_SECURE: String(publicUrl.startsWith('https:')),
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_AUTH_ANONYMOUS_ENABLED: 'false',

    // Rules are Prometheus's, and Alertmanager tells of them: here they are seen and silenced.
    GF_UNIFIED_ALERTING_EXECUTE_ALERTS: 'false',

    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',

    // Since Grafana 13 the data sources are plugins that lie in the image. The installer would stop each that is not the newest
    // and then fail to replace it on the read-only file system: https://github.com/grafana/grafana/issues/132528
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    // Each is a process of its own, of some 20 MB.
    GF_PLUGINS_DISABLE_PLUGINS: unusedPlugins.join(','),
  };
}

/** The plugins of the image that no data source of the stack needs: `defaultPreinstallPlugins` in pkg/setting/setting_plugins.go. */
const unusedPlugins = [
  'cloudwatch',
  'elasticsearch',
  'grafana-postgresql-datasource',
  'grafana-pyroscope-datasource',
  'influxdb',
  'mssql',
  'mysql',
  'opentsdb',
  'stackdriver',
  'tempo',
  'zipkin',
];
