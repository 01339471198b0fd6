import { describe, expect, it } from 'vitest';
import { productionReplicasFixture } from '../fixtures/production-replicas.ts';
import { Inventory } from '../kubernetes/inventory.ts';
import { productionReplicas } from './production-replicas.ts';

const objects = productionReplicasFixture.passes.map((object) => ({ object, source: 'web.yaml' }));

/** How many workloads have too few copies; the one of the fixture has 2. */
function tooFew(stack: string | undefined, given: object) {
  const parameters = productionReplicas.parameters?.parse(given);
  if (parameters === undefined) throw new Error('the rule has parameters');
  return productionReplicas.checkProgram(new Inventory(objects, stack), parameters).length;
}

describe('the copies that serve requests', () => {
  it('are as many as is configured', () => {
    expect(tooFew('prod', { least: 2 })).toBe(0);
    expect(tooFew('prod', { least: 3 })).toBe(1);
  });

  it('matter in production alone', () => {
    expect(['prod', 'production'].map((stack) => tooFew(stack, { least: 3 }))).toEqual([1, 1]);
    expect(tooFew('dev', { least: 3 })).toBe(0);
    expect(tooFew('live', { least: 3, productionStacks: ['live'] })).toBe(1);
    expect(tooFew('prod', { least: 3, productionStacks: ['live'] })).toBe(0);
  });

  it('are not judged where nobody knows the stack', () => {
    expect(tooFew(undefined, { least: 3 })).toBe(0);
  });
});
