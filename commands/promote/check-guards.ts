import { breakers } from './breakers.ts';
import { cache } from './cache.ts';
import { UnansweredError, UnreachableError, type Canary } from './canary.ts';
import type { Guard } from './guard.ts';
import { jsonGuard } from './json-guard.ts';
import { models } from './models.ts';
import { readiness } from './readiness.ts';

/** Whether one guard holds. */
export interface GuardResult {
  readonly guard: string;
  readonly passed: boolean;
  readonly evidence: string;
  /** Why it does not hold. */
  readonly reason?: string;
}

/** Whether a service may be promoted. */
export interface Verdict {
  readonly url: string;
  /** Whether every guard holds. */
  readonly passed: boolean;
  readonly guards: readonly GuardResult[];
  /** Why the guards may have been checked on more than one replica. */
  readonly warning?: string;
}

/** Every guard, in the order in which they are checked. The last ones look at what the others may have shaken. */
const guards: readonly Guard[] = [readiness, jsonGuard, cache, models, breakers];

/** Checks every guard, one after the other. Never fails: what cannot be checked does not hold. */
export async function checkGuards(canary: Canary): Promise<Verdict> {
  const first = await instanceOf(canary);
  const results: GuardResult[] = [];
  for (const guard of guards) {
    // Where nobody answers, nobody is asked five more times.
    results.push(first.gone === undefined ? await resultOf(guard, canary) : unchecked(guard, first.gone));
  }
  const warning = warningOf(first, await (first.gone === undefined ? instanceOf(canary) : first));
  return {
    url: canary.url,
    passed: results.every(({ passed }) => passed),
    guards: results,
    ...(warning === undefined ? {} : { warning }),
  };
}

async function resultOf(guard: Guard, canary: Canary): Promise<GuardResult> {
  try {
    const { evidence, reasons } = await guard.check(canary);
    const passed = reasons.length === 0;
    return { guard: guard.name, passed, evidence, ...(passed ? {} : { reason: reasons.join('; ') }) };
  } catch (error) {
    if (error instanceof UnansweredError) return unchecked(guard, error.message);
    throw error;
  }
}

function unchecked({ name }: Guard, reason: string): GuardResult {
  return { guard: name, passed: false, evidence: 'could not be checked', reason };
}

/** Which process answers, or why that is not known; `gone` when nobody does. */
interface Seen {
  readonly instance?: string;
  readonly unknown?: string;
  readonly gone?: string;
}

async function instanceOf(canary: Canary): Promise<Seen> {
  try {
    return { instance: await canary.instance() };
  } catch (error) {
    if (error instanceof UnreachableError) return { gone: error.message };
    if (error instanceof UnansweredError) return { unknown: error.message };
    throw error;
  }
}

function warningOf(first: Seen, last: Seen): string | undefined {
  if (first.gone !== undefined) return undefined;
  const unknown = first.unknown ?? last.unknown ?? last.gone;
  if (unknown !== undefined) return `whether one replica answered is not known: ${unknown}`;
  if (first.instance === last.instance) return undefined;
  return 'more than one process answered, so the guards do not speak of one: name the address of a single replica';
}
