import { createHash } from 'node:crypto';

/** Faults that any stand-in can be told to have. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nothing listens, and open connections are closed. For the whole stand-in, until another fault is set. */
  | { readonly kind: 'refuse' }
  /** Accepts, and never answers. */
  | { readonly kind: 'hang' }
  /** Sends the headers and the first bytes of the body, none by default, and then nothing more. */
  | { readonly kind: 'hang_body'; readonly afterBytes?: number }
  /** Answers late: after a fixed time, or after times from a seeded log-normal distribution. */
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'slow'; readonly medianMs: number; readonly p99Ms: number; readonly seed: number }
  /** Ends the connection by RST. */
  | { readonly kind: 'reset' }
  /** Ends the connection within the body: after some bytes, else halfway, or after the first piece of a stream. */
  | { readonly kind: 'truncate'; readonly afterBytes?: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number | string;
      /** Sent as it is when a string, else as JSON. */
      readonly body?: unknown;
    }
  /** 200 with a body that is not JSON. */
  | { readonly kind: 'bad_json' }
  /** 200 with JSON of another shape. */
  | { readonly kind: 'wrong_schema' };

/** What a kind of stand-in adds has a `kind` too. */
export interface AnyFault {
  readonly kind: string;
}

const generalKinds: ReadonlySet<string> = new Set<Fault['kind']>([
  'none',
  'refuse',
  'hang',
  'hang_body',
  'slow',
  'reset',
  'truncate',
  'status',
  'bad_json',
  'wrong_schema',
]);

/** Whether a fault is one that every stand-in has. */
export function isGeneral(fault: AnyFault): fault is Fault {
  return generalKinds.has(fault.kind);
}

/** How long a fault stays. */
export interface FaultOptions {
  /** Requests that it meets; until changed when absent. */
  readonly requests?: number;
  /** What it is for: a model's name or a path, as the stand-in says. Everything when absent. */
  readonly only?: string;
}

interface Step<F> {
  readonly fault: F;
  readonly only: string | undefined;
  left: number;
}

/** The faults that a stand-in is to have, in order: each request meets the first that is for it. */
export class FaultPlan<F extends AnyFault = Fault> {
  #steps: Step<F | Fault>[] = [];

  /** Replaces the faults for the same `only`. */
  set(fault: F | Fault, { requests = Infinity, only }: FaultOptions = {}): void {
    this.#steps = this.#steps.filter((step) => step.only !== only);
    this.add(fault, { requests, ...(only !== undefined && { only }) });
  }

  /** Adds a fault, for when those before it have met their requests. */
  add(fault: F | Fault, { requests = Infinity, only }: FaultOptions = {}): void {
    if (fault.kind === 'refuse' && (only !== undefined || requests !== Infinity)) {
      throw new Error('`refuse` is for all requests until changed: it sees none that it could count');
    }
    this.#steps.push({ fault, only, left: requests });
  }

  /** The fault that the next request meets; one for its own target goes before one for all. */
  next(target: string): F | Fault {
    const step = this.#first(target) ?? this.#first(undefined);
    if (step === undefined) return { kind: 'none' };
    step.left -= 1;
    if (step.left <= 0) this.#steps = this.#steps.filter((other) => other !== step);
    return step.fault;
  }

  /** Whether the stand-in is not to listen now. */
  get refuses(): boolean {
    return this.#first(undefined)?.fault.kind === 'refuse';
  }

  /** No faults from now on. */
  clear(): void {
    this.#steps = [];
  }

  #first(only: string | undefined): Step<F | Fault> | undefined {
    return this.#steps.find((step) => step.only === only);
  }
}

/** Milliseconds that a `slow` fault delays its `n`th request by: always the same for the same seed and `n`. */
export function slownessMs(fault: Extract<Fault, { kind: 'slow' }>, n: number): number {
  if ('ms' in fault) return fault.ms;
  const digest = createHash('sha256').update(`${fault.seed}:${n}`).digest();
  const uniform = (offset: number) => (digest.readUInt32BE(offset) + 1) / 2 ** 32;
  // Box and Muller: a normal deviate from two uniform ones. 2.326 of its deviations is its 99th percentile.
  const normal = Math.sqrt(-2 * Math.log(uniform(0))) * Math.cos(2 * Math.PI * uniform(4));
  const deviation = Math.log(fault.p99Ms / fault.medianMs) / 2.326;
  return fault.medianMs * Math.exp(deviation * normal);
}
