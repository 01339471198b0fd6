import type { types } from '@pulumi/kubernetes';
import type { Unwrap } from '@pulumi/pulumi';
import type { Route } from '../route.ts';
import type { GatewaySettings } from '../stack/gateway/settings.ts';
import { tlsSecret } from './certificate.ts';
import { skipAwait } from './part-objects.ts';

/** What an Ingress says. */
export type IngressSpec = Unwrap<types.input.networking.v1.IngressSpec>;

/**
 * A route as an Ingress, for clusters without the Gateway API.
 *
 * @throws when the route has several backends: an Ingress cannot split requests by weight. The annotations that some
 *   controllers have for it need a second Ingress each, and differ.
 */
export function ingressSpec(route: Route, { className, tls }: GatewaySettings): IngressSpec {
  const [backend, ...others] = route.backends;
  if (backend === undefined || others.length > 0) {
    throw new Error(
      `the route ${route.name} has ${route.backends.length} backends; an Ingress takes one, since it cannot split ` +
        'requests by weight: use form: gateway for a canary',
    );
  }
  const service = { name: backend.workload, port: { name: backend.port } };
  return {
    ...(className !== undefined && { ingressClassName: className }),
    ...(!tls.unencrypted && { tls: [{ hosts: [route.host], secretName: tlsSecret(tls) }] }),
    rules: [
      {
        host: route.host,
        http: {
          paths: route.paths.map(({ type, path }) => ({
            path,
            pathType: type === 'exact' ? 'Exact' : 'Prefix',
            backend: { service },
          })),
        },
      },
    ],
  };
}

/**
 * The limits of a route in the words of the controller, and the configured annotations, which win. Elsewhere than at these two
 * controllers the limits are the controller's own, and the service's.
 */
export function ingressAnnotations(route: Route, { ingress }: GatewaySettings): Record<string, string> {
  return {
    // Pulumi would wait for a public address, which not every controller writes into the status.
    ...skipAwait,
    ...limits[ingress.controller](route),
    ...ingress.annotations,
  };
}

/** Streams pass unbuffered; a pause of the answer may be as long as the answer. */
const limits: Readonly<
  Record<GatewaySettings['ingress']['controller'], (route: Route) => Readonly<Record<string, string>>>
> = {
  // https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
  'ingress-nginx': ({ bodyBytes, timeoutSeconds }) => ({
    'nginx.ingress.kubernetes.io/proxy-body-size': String(bodyBytes),
    'nginx.ingress.kubernetes.io/proxy-read-timeout': String(timeoutSeconds),
    'nginx.ingress.kubernetes.io/proxy-send-timeout': String(timeoutSeconds),
    'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
  }),
  // https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-annotations/
  nginx: ({ bodyBytes, timeoutSeconds }) => ({
    'nginx.org/client-max-body-size': String(bodyBytes),
    'nginx.org/proxy-read-timeout': `${timeoutSeconds}s`,
    'nginx.org/proxy-send-timeout': `${timeoutSeconds}s`,
    'nginx.org/proxy-buffering': 'False',
  }),
  other: () => ({}),
};
