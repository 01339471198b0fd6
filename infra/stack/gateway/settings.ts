import { z } from 'zod';
import { sourcesFrom, type Source } from '../../connection.ts';
import { cidr, namespaceName, setting } from '../../settings.ts';

const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, {
  error: 'the name of an object: lower-case letters, digits, - and .',
});
const host = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'a host name in lower case, such as api.example.com',
  });

const parent = z.strictObject({
  create: setting(
    z.boolean().default(false),
    "Make the Gateway in the stack's namespace, for a controller whose proxies run elsewhere; false uses an existing one.",
    true,
  ),
  name: setting(name.optional(), 'Name of the Gateway. One that is made is called `gateway` unless set.', 'public'),
  namespace: setting(
    namespaceName.optional(),
    "Namespace of an existing Gateway; the stack's own when absent.",
    'gateways',
  ),
  sectionName: setting(name.optional(), 'Listener of an existing Gateway; all of them when absent.', 'https'),
  timeouts: setting(
    z.boolean().default(true),
    'The controller supports timeouts of an HTTPRoute. False leaves them out, for one that refuses the route for them.',
    false,
  ),
});

const ingress = z.strictObject({
  controller: setting(
    z.enum(['ingress-nginx', 'nginx', 'other']).default('other'),
    "Whose annotations say the limits: the Kubernetes community's ingress-nginx, F5's nginx, or none that is known here.",
    'nginx',
  ),
  annotations: setting(z.record(z.string(), z.string()).default({}), 'Further annotations; they win over ours.', {
    'alb.ingress.kubernetes.io/target-type': 'ip',
  }),
});

const issuer = z.strictObject({
  kind: setting(
    z.enum(['ClusterIssuer', 'Issuer']).default('ClusterIssuer'),
    "Kind of cert-manager's issuer; an Issuer is in the stack's namespace.",
    'ClusterIssuer',
  ),
  name: setting(name, 'Name of the issuer.', 'letsencrypt'),
  http01: setting(
    z.boolean().default(false),
    'The issuer asks for proof over HTTP (HTTP-01): the pods that answer are then let through.',
    true,
  ),
});

const tls = z.strictObject({
  issuer: setting(issuer.optional(), 'Have cert-manager make the certificate.', { name: 'letsencrypt' }),
  secret: setting(
    name.optional(),
    "An existing Secret of the type kubernetes.io/tls in the stack's namespace.",
    'api-tls',
  ),
  unencrypted: setting(
    z.boolean().default(false),
    'Serve plain HTTP: behind a load balancer that ends TLS, or on a test cluster. Tokens then cross that wire as they are.',
    true,
  ),
});

const from = z.strictObject({
  namespace: setting(namespaceName.optional(), "Namespace of the controller's proxies.", 'envoy-gateway-system'),
  cidrs: setting(
    z.array(cidr).default([]),
    'Addresses that call the API where they are no pods: a load balancer, proxies on the network of their node.',
    ['130.211.0.0/22', '35.191.0.0/16'],
  ),
});

/** Configuration `ballast:gateway`. */
export const gatewaySettings = z.strictObject({
  form: setting(
    z.enum(['gateway', 'ingress', 'none']).default('none'),
    'How the API is reached from outside: by a route of the Gateway API, by an Ingress, or not at all.',
    'gateway',
  ),
  host: setting(host.optional(), 'Public host name of the API.', 'api.example.com'),
  className: setting(
    name.optional(),
    "Class of the Gateway that is made, or of the Ingress; for an Ingress the cluster's default when absent.",
    'envoy',
  ),
  gateway: setting(parent.prefault({}), 'The Gateway, with form: gateway.', { name: 'public', namespace: 'gateways' }),
  ingress: setting(ingress.prefault({}), 'The Ingress, with form: ingress.', { controller: 'nginx' }),
  tls: setting(tls.prefault({}), 'The certificate; an existing Gateway has its own.', {
    issuer: { name: 'letsencrypt' },
  }),
  from: setting(from.prefault({}), 'Who may call the API from outside the stack.', {
    namespace: 'envoy-gateway-system',
  }),
  trustedProxies: setting(
    z.array(cidr).default([]),
    'Addresses whose X-Forwarded-For the API believes; without them every caller without a token has one rate limit.',
    ['10.0.0.0/16'],
  ),
});

/** Configuration `ballast:gateway`, with its defaults. */
export type GatewaySettings = z.output<typeof gatewaySettings>;

/** Who calls the API through the gateway: what the API admits. */
export const gatewaySources = ({ form, from }: GatewaySettings): Source[] => (form === 'none' ? [] : sourcesFrom(from));
