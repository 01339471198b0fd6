/** What one model call used. */
export interface Usage {
  readonly tenant: string;
  readonly model: string;
  readonly variant: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars. */
  readonly costUsd: number;
}

/** A sum of usages. */
export interface Spend {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
}

/** Spend in total, and by model, variant and tenant. */
export interface CostReport {
  readonly since: string;
  readonly total: Spend;
  readonly models: Record<string, Spend>;
  readonly variants: Record<string, Spend>;
  readonly tenants: Record<string, Spend>;
}

/** Tenants that are told apart; those that come later are counted together as `(other)`. */
const maxTenants = 10_000;

/** Adds up tokens and cost since the start of the process. */
export class CostLedger {
  readonly #since = new Date().toISOString();
  /** Tenant, then `model\0variant`. */
  readonly #spends = new Map<string, Map<string, Spend>>();

  /** Adds one model call. */
  record(usage: Usage): void {
    const tenant = this.#spends.has(usage.tenant) || this.#spends.size < maxTenants ? usage.tenant : '(other)';
    const spends = this.#spends.get(tenant) ?? new Map<string, Spend>();
    this.#spends.set(tenant, spends);
    const key = `${usage.model}\u0000${usage.variant}`;
    const spend = spends.get(key) ?? nothing();
    spends.set(key, spend);
    add(spend, {
      requests: 1,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost_usd: usage.costUsd,
    });
  }

  /** The totals of one tenant, or of all. */
  report(tenant?: string): CostReport {
    const report: CostReport = {
      since: this.#since,
      total: nothing(),
      models: byName(),
      variants: byName(),
      tenants: byName(),
    };
    for (const [name, spends] of this.#spends) {
      if (tenant !== undefined && name !== tenant) continue;
      for (const [key, spend] of spends) {
        const [model = '', variant = ''] = key.split('\u0000');
        add(report.total, spend);
        add((report.models[model] ??= nothing()), spend);
        add((report.variants[variant] ??= nothing()), spend);
        add((report.tenants[name] ??= nothing()), spend);
      }
    }
    return report;
  }
}

/** An object without a prototype, since `constructor` is a name that a tenant can have. */
function byName(): Record<string, Spend> {
  return Object.create(null) as Record<string, Spend>;
}

function nothing(): Spend {
  return { requests: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0 };
}

function add(to: Spend, from: Spend): void {
  to.requests += from.requests;
  to.input_tokens += from.input_tokens;
  to.output_tokens += from.output_tokens;
  to.cost_usd += from.cost_usd;
}
