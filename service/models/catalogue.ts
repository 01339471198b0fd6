import type { Mode } from '../contract/metrics.ts';
import { fallbackOrder, type ModelTable } from '../contract/models.ts';
import type { ModelGate } from './model-gate.ts';

/** A mode with the model that answers in it. */
export interface Candidate {
  readonly mode: Mode;
  readonly gate: ModelGate;
}

/** What decides who may answer. */
export interface Asked {
  readonly mode: Mode;
  readonly variant: string;
  /** The only model that may answer. */
  readonly model?: string;
}

/** The configured models, and which of them answers a question. */
export class ModelCatalogue {
  readonly #gates: ReadonlyMap<string, ModelGate>;
  readonly #table: Pick<ModelTable, 'modes' | 'variants'>;
  readonly #downshift: boolean;

  /** @param downshift whether a mode falls back to the next one while its model is away. */
  constructor(
    gates: ReadonlyMap<string, ModelGate>,
    table: Pick<ModelTable, 'modes' | 'variants'>,
    downshift: boolean,
  ) {
    this.#gates = gates;
    this.#table = table;
    this.#downshift = downshift;
  }

  /** Every model, by name. */
  get gates(): ReadonlyMap<string, ModelGate> {
    return this.#gates;
  }

  /** Who may answer, first choice first. A model stands there once, under the first of its modes. */
  candidates({ mode, variant, model }: Asked): readonly Candidate[] {
    if (model !== undefined) return [{ mode, gate: this.#gate(model) }];
    const order = this.#downshift ? (fallbackOrder(this.#table.modes, mode) ?? [mode]) : [mode];
    const replaced = this.#table.variants[variant]?.models ?? {};
    const candidates = order.map((name) => ({
      mode: name,
      gate: this.#gate(replaced[name] ?? this.#table.modes[name].model),
    }));
    return candidates.filter(({ gate }, index) => candidates.findIndex((other) => other.gate === gate) === index);
  }

  /** The mode that the question is answered in now: the one asked for unless its model is away and a lesser one is not. */
  modeNow(asked: Asked): Mode {
    return this.candidates(asked).find(({ gate }) => gate.available)?.mode ?? asked.mode;
  }

  /** Whether any model that may answer can be tried now. */
  answerable(asked: Asked): boolean {
    return this.candidates(asked).some(({ gate }) => gate.available);
  }

  /** Whether no model at all can be tried. */
  get allAway(): boolean {
    return [...this.#gates.values()].every(({ available }) => !available);
  }

  /** Seconds until the first of those who may answer can be tried again; at least 1. */
  retryAfterSeconds(asked: Asked): number {
    const waits = this.candidates(asked).map(({ gate }) => gate.retryAfterMs);
    return Math.max(1, Math.ceil(Math.min(...waits) / 1000));
  }

  close(): void {
    for (const { breaker } of this.#gates.values()) breaker.close();
  }

  #gate(name: string): ModelGate {
    const gate = this.#gates.get(name);
    if (!gate) throw new Error(`there is no model ${name}`);
    return gate;
  }
}
