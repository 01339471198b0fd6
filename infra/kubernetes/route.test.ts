import { Certificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate';
import type { ICertificateSpec } from '@kubernetes-models/cert-manager/cert-manager.io/v1/CertificateSpec';
import { Gateway } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { route } from '../../test/stack/route.ts';
import { container, workload } from '../../test/stack/workload.ts';
import { gatewaySettings } from '../stack/gateway/settings.ts';
import { certificateSpec, solverPolicySpec } from './certificate.ts';
import { gatewaySpec, httpRouteSpec, httpsRedirectSpec } from './route.ts';

type Input = z.input<typeof gatewaySettings>;

const settings = (input: Input = {}) =>
  gatewaySettings.parse({ form: 'gateway', host: 'api.example.com', gateway: { name: 'public' }, ...input });
const http = { name: 'http', number: 8000 };
const all = ['api', 'api-canary'].map((name) => workload(name, { containers: [container({ ports: [http] })] }));
const toBoth = route({
  backends: [
    { workload: 'api', port: 'http', weight: 90 },
    { workload: 'api-canary', port: 'http', weight: 10 },
  ],
});
const created: Input = { className: 'envoy', gateway: { create: true }, tls: { issuer: { name: 'letsencrypt' } } };

describe('a route of the Gateway API', () => {
  it('matches its paths, splits by weight and gives the port by number', () => {
    expect(httpRouteSpec(toBoth, settings(), all)).toEqual({
      parentRefs: [{ name: 'public' }],
      hostnames: ['api.example.com'],
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: '/query' } }, { path: { type: 'PathPrefix', value: '/v1' } }],
          backendRefs: [
            { name: 'api', port: 8000, weight: 90 },
            { name: 'api-canary', port: 8000, weight: 10 },
          ],
          timeouts: { request: '365s' },
        },
      ],
    });
  });

  it('leaves timeouts out for a controller that refuses them', () => {
    const { rules } = httpRouteSpec(toBoth, settings({ gateway: { name: 'public', timeouts: false } }), all);
    expect(rules?.[0]).not.toHaveProperty('timeouts');
  });

  it('hangs on the listener and namespace of an existing Gateway', () => {
    const gateway = { name: 'public', namespace: 'gateways', sectionName: 'https' };
    expect(httpRouteSpec(toBoth, settings({ gateway }), all).parentRefs).toEqual([gateway]);
  });

  it('hangs on the HTTPS listener of a Gateway that is made, or on the only one', () => {
    expect(httpRouteSpec(toBoth, settings(created), all).parentRefs).toEqual([
      { name: 'gateway', sectionName: 'https' },
    ]);
    expect(httpRouteSpec(toBoth, settings({ ...created, tls: { unencrypted: true } }), all).parentRefs).toEqual([
      { name: 'gateway', sectionName: 'http' },
    ]);
  });

  it('is refused when it leads to nothing, or has more paths than a rule can match', () => {
    expect(() => httpRouteSpec(toBoth, settings(), [workload('qdrant')])).toThrow(
      'the route api leads to "api", which is no workload of this stack; there are qdrant',
    );
    const paths = Array.from({ length: 65 }, (_, index) => ({ type: 'exact' as const, path: `/${index}` }));
    expect(() => httpRouteSpec(route({ paths }), settings(), all)).toThrow(
      'the route api has 65 paths; a rule has at most 64 matches',
    );
  });
});

describe('a Gateway that is made', () => {
  it('serves HTTPS with the certificate, and on HTTP only sends there', () => {
    const spec = gatewaySpec(settings(created));
    expect(spec.gatewayClassName).toBe('envoy');
    expect(spec.listeners).toMatchObject([
      { name: 'http', protocol: 'HTTP', port: 80, hostname: 'api.example.com' },
      {
        name: 'https',
        protocol: 'HTTPS',
        port: 443,
        tls: { mode: 'Terminate', certificateRefs: [{ name: 'gateway-tls' }] },
      },
    ]);
    expect(httpsRedirectSpec(settings(created))).toEqual({
      parentRefs: [{ name: 'gateway', sectionName: 'http' }],
      hostnames: ['api.example.com'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
        },
      ],
    });
  });

  it('takes routes of its own namespace only', () => {
    for (const { allowedRoutes } of gatewaySpec(settings(created)).listeners) {
      expect(allowedRoutes).toEqual({ namespaces: { from: 'Same' } });
    }
  });

  it('takes a given certificate', () => {
    expect(gatewaySpec(settings({ ...created, tls: { secret: 'own' } })).listeners[1]?.tls?.certificateRefs).toEqual([
      { name: 'own' },
    ]);
  });

  it('serves only HTTP when told to', () => {
    const spec = gatewaySpec(settings({ ...created, tls: { unencrypted: true } }));
    expect(spec.listeners.map(({ name }) => name)).toEqual(['http']);
  });
});

describe('the certificate', () => {
  it('is for the host, in the Secret that the Gateway reads, with a new key each time', () => {
    expect(certificateSpec(settings(created))).toEqual({
      secretName: 'gateway-tls',
      dnsNames: ['api.example.com'],
      issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'letsencrypt' },
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    });
  });

  it('is not made when one is given', () => {
    expect(certificateSpec(settings({ tls: { secret: 'own' } }))).toBeUndefined();
  });

  it('lets the gateway reach the pods that prove the host, for an issuer that asks over HTTP', () => {
    const tls = { issuer: { name: 'letsencrypt', http01: true } };
    expect(solverPolicySpec(settings({ ...created, tls, from: { namespace: 'envoy' } }))).toEqual({
      podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy' } } }],
          ports: [{ protocol: 'TCP', port: 8089 }],
        },
      ],
    });
    expect(solverPolicySpec(settings({ ...created, from: { namespace: 'envoy' } }))).toBeUndefined();
  });
});

describe('the published schemas', () => {
  it.each([
    ['HTTPRoute', () => new HTTPRoute({ spec: httpRouteSpec(toBoth, settings(), all) })],
    ['HTTPRoute that redirects', () => new HTTPRoute({ spec: httpsRedirectSpec(settings(created)) })],
    ['Gateway', () => new Gateway({ spec: gatewaySpec(settings(created)) })],
    ['Certificate', () => new Certificate({ spec: certificateSpec(settings(created)) as ICertificateSpec })],
  ])('accept the %s', (_, make) => {
    expect(() => make().validate()).not.toThrow();
  });
});
