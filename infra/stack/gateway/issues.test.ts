import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { gatewayIssues } from './issues.ts';
import { gatewaySettings } from './settings.ts';

type Input = z.input<typeof gatewaySettings>;

const cluster = { gatewayApi: true, certManager: true };
const issuer = { name: 'letsencrypt' };
const valid = {
  attached: { form: 'gateway', host: 'api.example.com', gateway: { name: 'public' }, from: { namespace: 'envoy' } },
  created: {
    form: 'gateway',
    host: 'api.example.com',
    className: 'envoy',
    gateway: { create: true },
    tls: { issuer },
    from: { namespace: 'envoy' },
  },
  ingress: { form: 'ingress', host: 'api.example.com', tls: { secret: 'api-tls' }, from: { cidrs: ['10.0.0.0/8'] } },
} satisfies Record<string, Input>;

const issues = (input: Input, has = cluster, canary = false) =>
  gatewayIssues(gatewaySettings.parse(input), has, canary).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe("the gateway's configuration", () => {
  it.each(Object.entries(valid))('is right as %s', (_, input) => {
    expect(issues(input)).toEqual([]);
  });

  it('asks for nothing without a form, which is the default', () => {
    expect(issues({}, { gatewayApi: false, certManager: false }, true)).toEqual([]);
  });

  it('needs a host and somebody who may call', () => {
    expect(issues({ ...valid.attached, host: undefined, from: {} })).toEqual([
      'gateway.host: needed with form: gateway',
      "gateway.from: needs the namespace or the addresses of the controller's proxies, or nothing may call the API",
    ]);
  });

  it('needs the Gateway API in the cluster', () => {
    expect(issues(valid.attached, { gatewayApi: false, certManager: true })).toEqual([
      'gateway.form: gateway needs cluster.gatewayApi: true; without the Gateway API use ingress',
    ]);
    expect(issues(valid.ingress, { gatewayApi: false, certManager: false })).toEqual([]);
  });

  it('needs cert-manager for an issuer', () => {
    expect(issues(valid.created, { gatewayApi: true, certManager: false })).toEqual([
      'gateway.tls.issuer: needs cluster.certManager: true',
    ]);
  });

  it('allows a canary behind a Gateway, and refuses one behind an Ingress', () => {
    expect(issues(valid.created, cluster, true)).toEqual([]);
    expect(issues(valid.ingress, cluster, true)).toEqual([
      'gateway.form: an Ingress cannot split requests by weight: api.canary needs form: gateway',
    ]);
  });

  it('needs the name of an existing Gateway, whose class and certificate are its own', () => {
    expect(issues({ ...valid.attached, gateway: {}, className: 'envoy', tls: { issuer } })).toEqual([
      'gateway.gateway.name: names the existing Gateway; or set gateway.create: true',
      'gateway.className: is that of the existing Gateway; remove it',
      'gateway.tls: the existing Gateway has the certificate; remove it',
    ]);
  });

  it('needs the class of a Gateway that is made, whose namespace and listeners are given', () => {
    const gateway = { create: true, namespace: 'x', sectionName: 'https' };
    expect(issues({ ...valid.created, className: undefined, gateway })).toEqual([
      'gateway.className: needed with gateway.create: true',
      "gateway.gateway.namespace: a Gateway that is made is in the stack's namespace; remove it",
      'gateway.gateway.sectionName: a Gateway that is made has its own listeners; remove it',
    ]);
  });

  it.each([{}, { issuer, secret: 'api-tls' }, { issuer, unencrypted: true }])(
    'needs one kind of TLS, not %j',
    (tls) => {
      const sentence = 'gateway.tls: needs exactly one of issuer, secret and unencrypted: true';
      expect(issues({ ...valid.created, tls })).toEqual([sentence]);
      expect(issues({ ...valid.ingress, tls })).toEqual([sentence]);
    },
  );

  it('serves plain HTTP only when told to', () => {
    expect(issues({ ...valid.created, tls: { unencrypted: true } })).toEqual([]);
  });
});
