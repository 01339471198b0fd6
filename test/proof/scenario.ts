import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { observe, type Sample } from './observer.ts';
import type { ProofStack, Question } from './proof-stack.ts';
import { recordsFolder } from './report/records.ts';
import { counted, startTraffic, type Sent, type Traffic } from './traffic.ts';

/** What a scenario promises of one thing, and what was seen. */
export interface Measure {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** All that is known of a scenario that was played. */
export interface ScenarioRecord {
  readonly title: string;
  /** Milliseconds since 1970, as every other time of it. */
  readonly began: number;
  readonly ended: number;
  /** What was done, and when. */
  readonly notes: readonly { readonly at: number; readonly what: string }[];
  readonly sent: readonly Sent[];
  readonly samples: readonly Sample[];
  readonly measures: readonly Measure[];
  /** Why it was not played to its end. */
  readonly problem?: string;
}

/** A scenario while it is played. */
export class Scenario {
  readonly #stack: ProofStack;
  readonly #notes: { at: number; what: string }[] = [];
  readonly #measures: Measure[] = [];
  readonly #sent: Sent[] = [];
  readonly #running = new Set<Traffic>();

  constructor(stack: ProofStack) {
    this.#stack = stack;
  }

  get notes(): ScenarioRecord['notes'] {
    return this.#notes;
  }

  get measures(): readonly Measure[] {
    return this.#measures;
  }

  get sent(): readonly Sent[] {
    return this.#sent;
  }

  /** Says on the timeline what happens now. @returns the time, in milliseconds since 1970. */
  note(what: string): number {
    const at = Date.now();
    this.#notes.push({ at, what });
    return at;
  }

  /** Says what something was to be and is; the scenario fails at its end when it does not hold. */
  measure(what: string, target: string, measured: string, holds: boolean): void {
    console.log(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${what}: ${measured} (${target})`);
    this.#measures.push({ what, target, measured, holds });
  }

  /** {@link measure} of a time that is to be short. @param since in milliseconds since 1970. */
  measureSeconds(what: string, since: number, atMost: number, until = Date.now()): void {
    const seconds = (until - since) / 1000;
    this.measure(what, `at most ${atMost} s`, `${seconds.toFixed(1)} s`, seconds <= atMost);
  }

  /** {@link measure} of requests, all of which are to be answered in full. */
  measureAllAnswered(sent: readonly Sent[], what = 'Not answered'): void {
    const others = sent.filter(({ outcome }) => outcome !== 'answered');
    this.measure(what, '0', counted(others), others.length === 0);
  }

  /** {@link startTraffic}, which ends with the scenario at the latest. */
  traffic(perSecond: number, questionOf: (number: number) => Question): Traffic {
    const traffic = startTraffic(this.#stack, perSecond, questionOf);
    this.#running.add(traffic);
    return { stop: () => this.#stop(traffic) };
  }

  /** Ends all traffic. */
  async end(): Promise<void> {
    for (const traffic of [...this.#running]) await this.#stop(traffic);
  }

  async #stop(traffic: Traffic): Promise<readonly Sent[]> {
    const sent = await traffic.stop();
    if (this.#running.delete(traffic)) this.#sent.push(...sent);
    return sent;
  }
}

/**
 * Plays a scenario while the stack is looked at, and keeps the record for the report, also of one that fails.
 *
 * @param name of the record's file, which the report sorts by.
 * @throws what the scenario throws, and when a measure does not hold.
 */
export async function play(
  stack: ProofStack,
  name: string,
  title: string,
  scene: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const began = Date.now();
  const observer = observe(stack);
  const scenario = new Scenario(stack);
  let problem: Error | undefined;
  try {
    await scene(scenario);
  } catch (error) {
    problem = error as Error;
  }
  await scenario.end();
  const samples = await observer.stop();
  const { notes, measures, sent } = scenario;
  const record: ScenarioRecord = {
    title,
    began,
    ended: Date.now(),
    notes,
    sent,
    samples,
    measures,
    ...(problem && { problem: problem.message }),
  };
  mkdirSync(recordsFolder, { recursive: true });
  writeFileSync(join(recordsFolder, `${name}.json`), JSON.stringify(record));
  if (problem) throw problem;
  const missed = measures.filter(({ holds }) => !holds);
  if (missed.length > 0) {
    throw new Error(missed.map(({ what, target, measured }) => `${what}: ${measured}, and not ${target}`).join('; '));
  }
}
