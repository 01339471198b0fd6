import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { route } from '../../test/stack/route.ts';
import { container, workload } from '../../test/stack/workload.ts';
import { gatewaySettings } from '../stack/gateway/settings.ts';
import type { PartObjects } from './part-objects.ts';
import { publishRoute } from './publish-route.ts';

const all = [workload('api', { containers: [container()] })];
const labels = { 'app.kubernetes.io/part-of': 'ballast' };

/** Kind and name of everything that is made. */
function published(input: z.input<typeof gatewaySettings>): string[] {
  const made: string[] = [];
  const objects: Pick<PartObjects, 'make'> = {
    make: (kind, identity, body) => {
      expect(identity.labels).toBe(labels);
      made.push(`${'kind' in body && typeof body.kind === 'string' ? body.kind : kind} ${identity.name}`);
      return undefined as never;
    },
  };
  const settings = gatewaySettings.parse({ host: 'api.example.com', ...input });
  publishRoute(objects, route(), { settings, all, labels });
  return made;
}
const issuer = { name: 'letsencrypt' };

describe('a route', () => {
  it('is an HTTPRoute alone at an existing Gateway', () => {
    expect(published({ form: 'gateway', gateway: { name: 'public' } })).toEqual(['HTTPRoute api']);
  });

  it('brings certificate, Gateway and redirect where the stack has its own Gateway', () => {
    expect(published({ form: 'gateway', gateway: { create: true }, tls: { issuer } })).toEqual([
      'Certificate gateway-tls',
      'Gateway gateway',
      'HTTPRoute api-https-redirect',
      'HTTPRoute api',
    ]);
  });

  it('is not redirected where there is only HTTP', () => {
    expect(published({ form: 'gateway', gateway: { create: true }, tls: { unencrypted: true } })).toEqual([
      'Gateway gateway',
      'HTTPRoute api',
    ]);
  });

  it('is an Ingress with its certificate, and a way for the proof of the host', () => {
    const tls = { issuer: { ...issuer, http01: true } };
    expect(published({ form: 'ingress', tls, from: { namespace: 'nginx' } })).toEqual([
      'Certificate gateway-tls',
      'networkPolicy certificate-solver',
      'ingress api',
    ]);
  });
});
