/** What the gateway lets in, to one or several workloads by weight. */
export interface Route {
  readonly name: string;
  /** Public host name. */
  readonly host: string;
  readonly paths: readonly { readonly type: 'exact' | 'prefix'; readonly path: string }[];
  /** Shares of the requests, by weight. `port` is the name of the workload's port. */
  readonly backends: readonly { readonly workload: string; readonly port: string; readonly weight: number }[];
  /** Seconds until the gateway gives up on an answer. */
  readonly timeoutSeconds: number;
  /** Most bytes of a request's body, for gateways that can be told. */
  readonly bodyBytes: number;
}
