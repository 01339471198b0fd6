import { randomBytes } from 'node:crypto';
import { routes } from '../../service/contract/http.ts';
import { UnansweredError, UnreachableError, type Canary } from '../promote/canary.ts';
import { askOf, NotAllowedError, type SmokeCheck, type Specimen } from './check.ts';
import { healthChecks } from './health-checks.ts';
import { deleteCheck, questionChecks } from './question-checks.ts';
import { reportChecks } from './report-checks.ts';

/** How one endpoint answered. */
export interface SmokeResult {
  /** `GET /health/ready`. */
  readonly endpoint: string;
  readonly result: 'ok' | 'FAILED' | 'not allowed' | 'not asked';
  readonly milliseconds: number;
  /** What was seen, or why it failed. */
  readonly evidence: string;
}

/** Every check, in the order in which they are made. The document goes before the reports, which may take a while. */
export const smokeChecks: readonly SmokeCheck[] = [...healthChecks, ...questionChecks, deleteCheck, ...reportChecks];

/**
 * Asks every endpoint of a service once, one after the other. Never fails: what cannot be asked is a result.
 *
 * @param cleaner The same service, where an interruption of the checks does not reach: what was stored is deleted all the same.
 */
export async function runSmoke(service: Canary, cleaner: Canary): Promise<SmokeResult[]> {
  const specimen = makeSpecimen();
  const results: SmokeResult[] = [];
  let stored = false;
  let away: string | undefined;
  for (const check of smokeChecks) {
    if (away !== undefined) {
      results.push(notAsked(check, away));
      continue;
    }
    // It may have been stored by a request that was then not answered.
    if (check.route === routes.putDocument) stored = true;
    const { unreachable, ...result } = await resultOf(check, service, specimen);
    if (check === deleteCheck && result.result === 'ok') stored = false;
    // Where nobody answers the first, nobody is asked twenty times more.
    if (unreachable && results.length === 0) away = result.evidence;
    results.push(result);
  }
  return stored ? [...results, await cleanUp(cleaner, specimen)] : results;
}

function makeSpecimen(): Specimen {
  const id = `smoke-${randomBytes(8).toString('hex')}`;
  return {
    id,
    text: `The marker of the test ${id} is kept in a blue tin on the third shelf.`,
    question: `Where is the marker of the test ${id} kept?`,
  };
}

const endpointOf = ({ route, path, query = '' }: SmokeCheck): string => `${route.method} ${path}${query}`;

/** A result, and whether nobody answered. */
type Outcome = SmokeResult & { readonly unreachable?: boolean };

async function resultOf(check: SmokeCheck, service: Canary, specimen: Specimen): Promise<Outcome> {
  const begin = performance.now();
  const took = () => Math.round(performance.now() - begin);
  const endpoint = endpointOf(check);
  try {
    const evidence = await check.run(askOf(service, check), specimen);
    return { endpoint, result: 'ok', milliseconds: took(), evidence };
  } catch (error) {
    if (error instanceof NotAllowedError) {
      return { endpoint, result: 'not allowed', milliseconds: took(), evidence: error.message };
    }
    if (!(error instanceof UnansweredError)) throw error;
    const unreachable = error instanceof UnreachableError;
    return { endpoint, result: 'FAILED', milliseconds: took(), evidence: error.message, unreachable };
  }
}

const notAsked = (check: SmokeCheck, reason: string): SmokeResult => ({
  endpoint: endpointOf(check),
  result: 'not asked',
  milliseconds: 0,
  evidence: reason,
});

/** Deletes a document that the checks did not delete. One that was never stored needs nothing. */
async function cleanUp(service: Canary, specimen: Specimen): Promise<SmokeResult> {
  const { unreachable, ...result } = await resultOf(deleteCheck, service, specimen);
  const gone = result.evidence.startsWith('answered 404');
  const evidence = gone
    ? 'nothing was left'
    : `${result.result === 'ok' ? '' : `${specimen.id} is left: `}${result.evidence}`;
  return { ...result, endpoint: `${result.endpoint}, to clean up`, result: gone ? 'ok' : result.result, evidence };
}
