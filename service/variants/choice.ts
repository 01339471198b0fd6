import { hash } from 'node:crypto';
import type { ModelTable } from '../contract/models.ts';

/**
 * Chooses the variant that answers a session. The same tenant and session get the same one while the weights and the
 * stopped variants are the same, on every replica, without a word between them. When one is stopped, only its own
 * sessions move.
 *
 * Weighted rendezvous hashing: the highest `-w / ln(u)` wins, where `u` is a hash of variant and session as a number
 * between 0 and 1. Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates" (1998), with the weights
 * of Schindelhauer and Schomaker, "Weighted Distributed Hash Tables" (2005).
 */
export class VariantChoice {
  readonly #weights: readonly (readonly [name: string, weight: number])[];
  readonly #stopped: ReadonlySet<string>;

  /**
   * @param variants one at least with a weight above 0; those of weight 0 are never chosen.
   * @param stopped variants that are not chosen any more; followed as it changes. When it holds them all, it holds none.
   */
  constructor(
    variants: Readonly<Record<string, Pick<ModelTable['variants'][string], 'weight'>>>,
    stopped: ReadonlySet<string>,
  ) {
    this.#weights = Object.entries(variants).flatMap(([name, { weight }]) =>
      weight > 0 ? [[name, weight] as const] : [],
    );
    this.#stopped = stopped;
  }

  /** @param key the session, or the question of one without a session. */
  choose(tenant: string, key: string): string {
    const left = this.#weights.filter(([name]) => !this.#stopped.has(name));
    const [first, ...others] = left.length > 0 ? left : this.#weights;
    if (first === undefined) throw new Error('no variant has a weight above 0');
    if (others.length === 0) return first[0];
    let best = { name: first[0], score: scoreOf(first, tenant, key) };
    for (const variant of others) {
      const score = scoreOf(variant, tenant, key);
      if (score > best.score) best = { name: variant[0], score };
    }
    return best.name;
  }
}

function scoreOf([name, weight]: readonly [string, number], tenant: string, key: string): number {
  const digest = hash('sha256', JSON.stringify([name, tenant, key]), 'hex');
  // 52 bits, and a half so that it is neither 0 nor 1.
  const u = (Number.parseInt(digest.slice(0, 13), 16) + 0.5) / 2 ** 52;
  return -weight / Math.log(u);
}
