import { isIP } from 'node:net';
import { maskCredentials } from '../service/contract/parse-config.ts';
import type { SecretDescription, SecretReference } from './secret.ts';

/**
 * One edge of the network, from the workload that has it in its `connections`. From this one list come the URLs in the
 * environment, the NetworkPolicies on both ends, the order of deployment and the picture of the stack.
 */
export type Connection =
  /** Another workload of the stack, or the workload itself (clustering); `port` is the name of the other's port. */
  | {
      readonly to: 'workload';
      readonly workload: string;
      readonly port: string;
      /** Deploy this workload after the other is ready. Optional ones are met later. @default false */
      readonly waits?: boolean;
    }
  /** Pods of another namespace: an existing Prometheus, a database operator. */
  | { readonly to: 'namespace'; readonly namespace: string; readonly ports: readonly number[] }
  /** The API server of the cluster. */
  | { readonly to: 'kubernetes-api' }
  /** Addresses, in CIDR notation. */
  | { readonly to: 'addresses'; readonly cidrs: readonly string[]; readonly ports: readonly number[] }
  /** Any public address on 443: no private range, no metadata address. */
  | { readonly to: 'internet' };

/** Who may call a workload from outside the stack, on which of its ports; `port` is the name of the workload's port. */
export type Source =
  /** Pods of another namespace, by the value of its label `kubernetes.io/metadata.name`. */
  | { readonly namespace: string; readonly port: string }
  /** Addresses, in CIDR notation: load balancers and gateways that are no pods. */
  | { readonly cidrs: readonly string[]; readonly port: string };

/** How a part is reached: where it is, the edge that takes, and the secret that it asks for. */
export interface Link {
  /** Without a trailing slash. */
  readonly url: string;
  readonly connection: Connection;
  /** The password or key to show; a URL may name it as `$(VARIABLE)`. */
  readonly secret?: SecretReference;
  /** Secrets that the stack makes for a part that it does not run itself, from the user's credentials; see `Credentials`. */
  readonly secrets?: readonly Omit<SecretDescription, 'rotation'>[];
}

/**
 * How a part is reached that the stack uses at its URL and does not run itself.
 *
 * @param secret Where the stack puts the key that the part asks for, when the settings name the credential that holds one.
 * @throws as {@link externalConnection} does.
 */
export function externalLink({ url = '', egress, credential }: ExternalPart, secret?: SecretReference): Link {
  const address = url.replace(/\/+$/, '');
  const link = { url: address, connection: externalConnection(address, egress) };
  if (secret === undefined || credential === undefined) return link;
  const keys = { [secret.key]: { from: 'credential', credential } } as const;
  return { ...link, secret, secrets: [{ name: secret.secret, keys }] };
}

interface ExternalPart {
  readonly url?: string | undefined;
  readonly egress?: { readonly cidrs: readonly string[] } | undefined;
  readonly credential?: string | undefined;
}

/** Each edge once, in the order of the first. */
export const distinctConnections = (all: readonly Connection[]): Connection[] => [
  ...new Map(all.map((connection) => [JSON.stringify(connection), connection])).values(),
];

/** Who may call the port `http` from outside the stack, by what a configuration says under `from`. */
export const sourcesFrom = ({
  namespace,
  cidrs,
}: {
  namespace?: string | undefined;
  cidrs: readonly string[];
}): Source[] => [
  ...(namespace === undefined ? [] : [{ namespace, port: 'http' }]),
  ...(cidrs.length === 0 ? [] : [{ cidrs, port: 'http' }]),
];

/**
 * The edge to something that is not part of the stack, by its URL: a public name is the internet on 443, an address its own
 * CIDR; a name `service.namespace[.svc...]` is that namespace. Anything else needs `egress` beside it: another port, a name
 * of one label, a name that is never public.
 *
 * @throws when the URL's host tells nothing and no `egress` says where it is.
 */
export function externalConnection(url: string, egress?: { cidrs: readonly string[] }): Connection {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || defaultPorts[protocol]);
  if (egress) return { to: 'addresses', cidrs: egress.cidrs, ports: [number] };
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  if (family !== 0) return { to: 'addresses', cidrs: [`${address}/${family === 4 ? 32 : 128}`], ports: [number] };
  const [, namespace] = /^[a-z0-9-]+\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?$/.exec(hostname) ?? [];
  const isService = hostname.split('.').length === 2 ? !publicSuffix.test(hostname) : hostname.includes('.svc');
  if (namespace !== undefined && isService) return { to: 'namespace', namespace, ports: [number] };
  if (number === 443 && hostname.includes('.') && !neverPublic.test(hostname)) return { to: 'internet' };
  throw new Error(
    `${maskCredentials(url)}: say in "egress" which addresses this is, since only public names on port 443 are open; a ` +
      'Service of the cluster is name.namespace.svc',
  );
}

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'redis:': '6379',
  'rediss:': '6379',
  'postgresql:': '5432',
};

/** Set aside for networks of one's own: RFC 6761, RFC 6762, RFC 8375, and `internal` by ICANN's resolution 2024.07.29.06. */
const neverPublic = /\.(localhost|local|internal|home\.arpa|test|invalid)$/i;

/** Two labels of which the second is a top-level domain that is no namespace's likely name. */
const publicSuffix = /\.(com|net|org|io|ai|dev|app|cloud|co)$/;
