import { requestLimits } from '../../../service/contract/http.ts';
import { Part, type PartDescription, type PartOptions, type Platform } from '../../part.ts';
import type { Route } from '../../route.ts';
import { publicPaths } from './public-paths.ts';
import type { GatewaySettings } from './settings.ts';

/** What the gateway's route is made from. */
export interface GatewayArgs extends GatewaySettings {
  /** Longest time for one answer, in seconds. */
  readonly longestSeconds: number;
  /** Percent of the requests that go to the canary; without one, all go to the API. */
  readonly canaryWeight?: number | undefined;
}

/** Seconds by which the gateway is later than the service, so that a caller hears of a timeout from the service. */
const laterSeconds = 5;

/**
 * The way in from outside: the API, and the canary beside it, by host and by the contract's public paths.
 *
 * The limits on body and time are a hint: an HTTPRoute has no limit on bodies, and not every gateway honours its timeouts. What
 * holds is that the service enforces both itself (`requestLimits` of service/contract/http.ts, `REQUEST_TIMEOUT_SECS`).
 */
export function describeGateway(args: GatewayArgs): PartDescription {
  const { form, host, canaryWeight, longestSeconds } = args;
  if (form === 'none' || host === undefined) return { workloads: [] };
  const stable = { workload: 'api', port: 'http', weight: 100 - (canaryWeight ?? 0) };
  const canary = canaryWeight === undefined ? [] : [{ workload: 'api-canary', port: 'http', weight: canaryWeight }];
  const route: Route = {
    name: 'api',
    host,
    paths: publicPaths(),
    backends: [stable, ...canary],
    timeoutSeconds: Math.ceil(longestSeconds) + laterSeconds,
    bodyBytes: requestLimits.bodyBytes,
  };
  return { workloads: [], routes: [route] };
}

/** The part gateway. */
export class Gateway extends Part {
  constructor(args: GatewayArgs, platform: Platform, options?: PartOptions) {
    super('Gateway', 'gateway', describeGateway(args), platform, options);
  }
}
