import type { Route } from '../route.ts';
import type { GatewaySettings } from '../stack/gateway/settings.ts';
import type { Workload } from '../workload.ts';
import { certificateSpec, solverPolicySpec, tlsSecret } from './certificate.ts';
import { ingressAnnotations, ingressSpec } from './ingress.ts';
import type { Labels } from './labels.ts';
import type { PartObjects } from './part-objects.ts';
import { gatewayName, gatewaySpec, httpRouteSpec, httpsRedirectSpec } from './route.ts';

/** How a route is published. */
export interface Publication {
  readonly settings: GatewaySettings;
  /** Every workload of the stack. */
  readonly all: readonly Workload[];
  readonly labels: Labels;
}

/**
 * Makes what lets a route in: the HTTPRoute or the Ingress, the certificate, and the Gateway where the stack has its own.
 *
 * @throws when the route's backends do not exist, or are several behind an Ingress.
 */
export function publishRoute(
  objects: Pick<PartObjects, 'make'>,
  route: Route,
  { settings, all, labels }: Publication,
): void {
  const custom = (apiVersion: string, kind: string, name: string, spec: object) =>
    objects.make('customResource', { name, labels }, { apiVersion, kind, spec });

  const certificate = certificateSpec(settings);
  if (certificate) custom('cert-manager.io/v1', 'Certificate', tlsSecret(settings.tls), certificate);
  const solver = solverPolicySpec(settings);
  if (solver) objects.make('networkPolicy', { name: 'certificate-solver', labels }, { spec: solver });

  if (settings.form === 'ingress') {
    const annotations = ingressAnnotations(route, settings);
    objects.make('ingress', { name: route.name, labels, annotations }, { spec: ingressSpec(route, settings) });
    return;
  }
  if (settings.gateway.create) {
    custom(gatewayApi, 'Gateway', gatewayName(settings), gatewaySpec(settings));
    if (!settings.tls.unencrypted) {
      custom(gatewayApi, 'HTTPRoute', `${route.name}-https-redirect`, httpsRedirectSpec(settings));
    }
  }
  custom(gatewayApi, 'HTTPRoute', route.name, httpRouteSpec(route, settings, all));
}

const gatewayApi = 'gateway.networking.k8s.io/v1';
