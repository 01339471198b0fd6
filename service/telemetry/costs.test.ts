import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CostLedger, type Spend, type Usage } from './costs.ts';

const usage = fc.record({
  tenant: fc.constantFrom('north', 'south', '__proto__', 'constructor'),
  model: fc.constantFrom('m1', 'm2'),
  variant: fc.constantFrom('a', 'b'),
  inputTokens: fc.nat(1000),
  outputTokens: fc.nat(1000),
  // Sums of eighths are exact.
  costUsd: fc.nat(1000).map((n) => n / 8),
});

const sum = (spends: Spend[]): Spend => ({
  requests: spends.reduce((total, { requests }) => total + requests, 0),
  input_tokens: spends.reduce((total, spend) => total + spend.input_tokens, 0),
  output_tokens: spends.reduce((total, spend) => total + spend.output_tokens, 0),
  cost_usd: spends.reduce((total, spend) => total + spend.cost_usd, 0),
});

const spendOf = ({ inputTokens, outputTokens, costUsd }: Usage): Spend => ({
  requests: 1,
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  cost_usd: costUsd,
});

describe('the ledger', () => {
  it('adds up to the same total by model, by variant and by tenant', () => {
    fc.assert(
      fc.property(fc.array(usage), (usages) => {
        const ledger = new CostLedger();
        for (const one of usages) ledger.record(one);
        const report = ledger.report();

        expect(report.total).toEqual(sum(usages.map(spendOf)));
        for (const part of [report.models, report.variants, report.tenants]) {
          expect(sum(Object.values(part))).toEqual(report.total);
        }
      }),
    );
  });

  it('shows a tenant only its own', () => {
    fc.assert(
      fc.property(fc.array(usage), usage, (usages, { tenant }) => {
        const ledger = new CostLedger();
        for (const one of usages) ledger.record(one);
        const own = usages.filter((one) => one.tenant === tenant);

        const report = ledger.report(tenant);
        expect(report.total).toEqual(sum(own.map(spendOf)));
        expect(Object.keys(report.tenants)).toEqual(own.length === 0 ? [] : [tenant]);
      }),
    );
  });

  it('tells 10,000 tenants apart, and counts those after them together', () => {
    const ledger = new CostLedger();
    const record = (tenant: string) =>
      ledger.record({ tenant, model: 'm', variant: 'v', inputTokens: 1, outputTokens: 1, costUsd: 1 });
    for (let i = 0; i < 10_002; i += 1) record(`t${i}`);
    record('t0');

    const { tenants, total } = ledger.report();
    expect(Object.keys(tenants)).toHaveLength(10_001);
    expect(tenants['(other)']?.requests).toBe(2);
    expect(tenants['t0']?.requests).toBe(2);
    expect(total.requests).toBe(10_003);
    expect(ledger.report('t10001').total.requests).toBe(0);
  });

  it('gives copies that nobody can change its totals by', () => {
    const ledger = new CostLedger();
    ledger.record({ tenant: 't', model: 'm', variant: 'v', inputTokens: 1, outputTokens: 1, costUsd: 1 });
    ledger.report().total.requests = 99;
    Object.assign(ledger.report().tenants['t'] ?? {}, { requests: 99 });
    expect(ledger.report().total.requests).toBe(1);
    expect(ledger.report().tenants['t']?.requests).toBe(1);
  });
});
