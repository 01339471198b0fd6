import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsOf, objects, podAddresses } from '../../../test/cluster/network-policy-arbitrary.ts';
import { isAllowed, isWithin, type Attempt } from '../../../test/cluster/network-policy-semantics.ts';
import { ruleset } from './ruleset.ts';

/** Whether rules let a connection pass, as nft(8) says it. */
function passes(rules: string, attempt: Attempt): boolean {
  const led = (map: string, address: string) => {
    const [, elements = ''] = new RegExp(`^map ${map} {\ntype .*\nelements = {(.*)}`, 'm').exec(rules) ?? [];
    const [, chain] = new RegExp(` ${address} : jump ([^, ]+)`).exec(elements) ?? [];
    return chain === undefined || returns(chain);
  };
  const returns = (chain: string) => {
    const [, body = ''] = new RegExp(`^chain ${chain} {\n([^}]*)\n}`, 'm').exec(rules) ?? [];
    return body
      .split('\n')
      .find((rule) => meets(rule, attempt))
      ?.endsWith('return');
  };
  return [led('egress', attempt.from.address), led('ingress', attempt.to.address)].every(Boolean);
}

/** What a rule may ask for. */
const conditions: readonly (readonly [RegExp, (attempt: Attempt, value: string) => boolean])[] = [
  [/ct original ip saddr ([\d./]+)/g, ({ from }, range) => isWithin(from.address, prefixed(range))],
  [/ct original ip saddr != ([\d./]+)/g, ({ from }, range) => !isWithin(from.address, range)],
  [/ct reply ip saddr ([\d./]+)/g, ({ to }, range) => isWithin(to.address, prefixed(range))],
  [/ct reply ip saddr != ([\d./]+)/g, ({ to }, range) => !isWithin(to.address, range)],
  [/ct original protocol (\w+)/g, ({ protocol }, name) => protocol.toLowerCase() === name],
  [
    /ct reply proto-src ([\d-]+)/g,
    ({ port }, range) => {
      const [first, last = first] = range.split('-').map(Number);
      return port >= Number(first) && port <= Number(last);
    },
  ],
];

const prefixed = (range: string) => (range.includes('/') ? range : `${range}/32`);

/** @throws when the rule has something that is not known here. */
function meets(rule: string, attempt: Attempt): boolean {
  let rest = rule;
  const met = conditions.map(([form, holds]) => {
    rest = rest.replaceAll(form, '');
    return [...rule.matchAll(form)].every(([, value = '']) => holds(attempt, value));
  });
  expect(rest.trim()).toMatch(/^(return|counter drop comment ".*")$/);
  return met.every(Boolean);
}

const attempts = fc.record({
  protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
  port: fc.constantFrom(8000, 8001),
});

describe('the rules', () => {
  it('let a connection pass when the policies do, and only then', () => {
    let passed = 0;
    const owners = new Map(podAddresses.map((address) => [address, address]));
    fc.assert(
      fc.property(objects, attempts, (given, { protocol, port }) => {
        const rules = ruleset(given, owners);
        for (const from of endsOf(given)) {
          for (const to of endsOf(given)) {
            const attempt = { from, to, protocol, port };
            const passing = passes(rules, attempt);
            expect(passing, `${from.address} to ${to.address}`).toBe(isAllowed(given, attempt));
            passed += Number(passing);
          }
        }
      }),
      { numRuns: 300 },
    );
    // Neither nearly all nor nearly none of the 16 connections of each run.
    expect(passed).toBeGreaterThan(300 * 16 * 0.2);
    expect(passed).toBeLessThan(300 * 16 * 0.8);
  });
});
