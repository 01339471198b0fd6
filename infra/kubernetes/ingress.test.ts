import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { route } from '../../test/stack/route.ts';
import { gatewaySettings } from '../stack/gateway/settings.ts';
import { ingressAnnotations, ingressSpec } from './ingress.ts';

const settings = (input: z.input<typeof gatewaySettings> = {}) =>
  gatewaySettings.parse({ form: 'ingress', host: 'api.example.com', tls: { secret: 'api-tls' }, ...input });

describe('an Ingress', () => {
  it('leads the paths of the host to the Service, with TLS', () => {
    const backend = { service: { name: 'api', port: { name: 'http' } } };
    expect(ingressSpec(route(), settings({ className: 'nginx' }))).toEqual({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['api.example.com'], secretName: 'api-tls' }],
      rules: [
        {
          host: 'api.example.com',
          http: {
            paths: [
              { path: '/query', pathType: 'Exact', backend },
              { path: '/v1', pathType: 'Prefix', backend },
            ],
          },
        },
      ],
    });
  });

  it('names the Secret that cert-manager fills', () => {
    const { tls } = ingressSpec(route(), settings({ tls: { issuer: { name: 'letsencrypt' } } }));
    expect(tls).toEqual([{ hosts: ['api.example.com'], secretName: 'gateway-tls' }]);
  });

  it("leaves the class to the cluster's default, and TLS out when told to", () => {
    expect(Object.keys(ingressSpec(route(), settings({ tls: { unencrypted: true } })))).toEqual(['rules']);
  });

  it('is refused for a canary, since it has no weights', () => {
    const backends = [...route().backends, { workload: 'api-canary', port: 'http', weight: 10 }];
    expect(() => ingressSpec(route({ backends }), settings())).toThrow(
      'the route api has 2 backends; an Ingress takes one, since it cannot split requests by weight',
    );
  });
});

describe('the annotations of an Ingress', () => {
  const annotations = (ingress: z.input<typeof gatewaySettings>['ingress']) =>
    ingressAnnotations(route(), settings({ ingress }));

  it('tell ingress-nginx the limits on body and time', () => {
    expect(annotations({ controller: 'ingress-nginx' })).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-body-size': '1048576',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '365',
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
    });
  });

  it("tell F5's nginx the same in its own words", () => {
    expect(annotations({ controller: 'nginx' })).toMatchObject({
      'nginx.org/client-max-body-size': '1048576',
      'nginx.org/proxy-read-timeout': '365s',
      'nginx.org/proxy-buffering': 'False',
    });
  });

  it('are, for another controller, only what is configured, beside that Pulumi does not wait', () => {
    expect(annotations({ annotations: { 'alb.example/x': 'y' } })).toEqual({
      'pulumi.com/skipAwait': 'true',
      'alb.example/x': 'y',
    });
  });

  it('yield to what is configured', () => {
    const key = 'nginx.org/client-max-body-size';
    expect(annotations({ controller: 'nginx', annotations: { [key]: '5m' } })).toMatchObject({ [key]: '5m' });
  });
});
