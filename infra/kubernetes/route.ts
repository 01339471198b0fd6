import type { IGatewaySpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GatewaySpec';
import type { IHTTPRouteSpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteSpec';
import type { Route } from '../route.ts';
import type { GatewaySettings } from '../stack/gateway/settings.ts';
import type { Workload } from '../workload.ts';
import { tlsSecret } from './certificate.ts';
import { findPort } from './ports.ts';

/** Most matches of one rule: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule */
const mostMatches = 64;

/** Name of the Gateway that a route hangs on, made or existing. */
export const gatewayName = ({ gateway }: GatewaySettings): string => gateway.name ?? 'gateway';

/**
 * A route of the Gateway API: one rule for all its paths, its backends by weight.
 *
 * It has no limit on bodies, since the Gateway API has none; the service enforces it. The timeout covers the whole answer, a
 * stream included, and not every controller honours it: https://gateway-api.sigs.k8s.io/geps/gep-1742/
 *
 * @param all Every workload of the stack, for the numbers of the ports.
 * @throws when a backend does not exist, or the paths are more than one rule can match.
 */
export function httpRouteSpec(route: Route, settings: GatewaySettings, all: readonly Workload[]): IHTTPRouteSpec {
  if (route.paths.length > mostMatches) {
    throw new Error(
      `the route ${route.name} has ${route.paths.length} paths; a rule has at most ${mostMatches} matches`,
    );
  }
  return {
    parentRefs: [parent(settings)],
    hostnames: [route.host],
    rules: [
      {
        matches: route.paths.map(({ type, path }) => ({
          path: { type: type === 'exact' ? 'Exact' : 'PathPrefix', value: path },
        })),
        backendRefs: route.backends.map(({ workload, port, weight }) => ({
          name: workload,
          port: findPort(all, workload, port, `the route ${route.name} leads to`).number,
          weight,
        })),
        ...(settings.gateway.timeouts && { timeouts: { request: `${route.timeoutSeconds}s` } }),
      },
    ],
  };
}

/** The Gateway that the stack makes: HTTPS with the certificate, and HTTP that only redirects to it. */
export function gatewaySpec({ className = '', host = '', tls }: GatewaySettings): IGatewaySpec {
  const allowedRoutes = { namespaces: { from: 'Same' as const } };
  const http = { name: 'http', protocol: 'HTTP', port: 80, hostname: host, allowedRoutes };
  const https = {
    name: 'https',
    protocol: 'HTTPS',
    port: 443,
    hostname: host,
    tls: { mode: 'Terminate' as const, certificateRefs: [{ name: tlsSecret(tls) }] },
    allowedRoutes,
  };
  return { gatewayClassName: className, listeners: tls.unencrypted ? [http] : [http, https] };
}

/** Sends who comes over HTTP to HTTPS, on the Gateway that the stack makes. */
export function httpsRedirectSpec(settings: GatewaySettings): IHTTPRouteSpec {
  return {
    parentRefs: [{ name: gatewayName(settings), sectionName: 'http' }],
    ...(settings.host !== undefined && { hostnames: [settings.host] }),
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
      },
    ],
  };
}

function parent(settings: GatewaySettings) {
  const { create, namespace, sectionName } = settings.gateway;
  const name = gatewayName(settings);
  if (create) return { name, sectionName: settings.tls.unencrypted ? 'http' : 'https' };
  return { name, ...(namespace !== undefined && { namespace }), ...(sectionName !== undefined && { sectionName }) };
}
