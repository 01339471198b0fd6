import { z } from 'zod';
import { cidr, namespaceName, resources, setting, use } from '../../settings.ts';

const from = z.strictObject({
  namespace: setting(
    namespaceName.optional(),
    'Namespace of the proxies that lead people to it.',
    'envoy-gateway-system',
  ),
  cidrs: setting(
    z.array(cidr).default([]),
    'Addresses that lead people to it where they are no pods: a load balancer.',
    ['130.211.0.0/22'],
  ),
});

/** Configuration `ballast:grafana`. */
export const grafanaSettings = z.strictObject({
  use: use(['bundled', 'off'], 'bundled'),
  publicUrl: setting(
    z
      .url({ protocol: /^https?$/, error: 'a URL that starts with https:// or http://' })
      .regex(/^[^/]*\/\/[^/?#]*\/?$/, {
        error: 'a URL without a path: Grafana is at the root of its host',
      })
      .default('http://localhost:3001'),
    'Where people open it: the goal of redirects after the login, and of links that are shared. The default is for ' +
      '`kubectl port-forward`; for another one, lead its host to the service `grafana` and let the proxy in with `from`.',
    'https://grafana.example.com',
  ),
  from: setting(from.prefault({}), 'Who may call it from outside the stack.', { namespace: 'envoy-gateway-system' }),
  adminUser: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9._@-]{1,60}$/, { error: 'a user name of letters, digits and . _ @ -' })
      .default('admin'),
    'Name of the first user; the password is in the Secret `grafana-admin`.',
    'platform',
  ),
  resources: resources('50m', '1', '192Mi', '768Mi'),
});

/** Configuration `ballast:grafana`, with its defaults. */
export type GrafanaSettings = z.output<typeof grafanaSettings>;
