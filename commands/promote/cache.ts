import { routes } from '../../service/contract/http.ts';
import { cacheSelfTestResponse, type PlaceFinding } from '../../service/contract/self-test-schemas.ts';
import { read } from './canary.ts';
import type { Finding, Guard } from './guard.ts';

/** Stored answers are found, expire when their time is over, and are made anew. */
export const cache: Guard = {
  name: 'cache',
  check: async (canary) => {
    const config = await canary.config();
    const enabled = `CACHE_ENABLED=${String(config['CACHE_ENABLED'])}`;
    if (config['CACHE_ENABLED'] !== true) return { evidence: enabled, reasons: ['CACHE_ENABLED is not true'] };
    const answer = await canary.answer(routes.cacheSelfTest);
    const { passed, places } = read(routes.cacheSelfTest, answer, cacheSelfTestResponse);
    const findings = Object.entries(places).map(([name, place]) => findingOf(name, place));
    const reasons = findings.flatMap((finding) => finding.reasons);
    return {
      evidence: [enabled, ...findings.map(({ evidence }) => evidence)].join('; '),
      reasons: passed || reasons.length > 0 ? reasons : ['the self-test did not pass, and gave no reason'],
    };
  },
};

function findingOf(name: string, { hit, expired, regenerated, reason, steps }: PlaceFinding): Finding {
  const after = steps.find(({ step }) => step === 'removed')?.after_ms ?? 0;
  const saw = [
    hit ? 'hit' : 'no hit',
    expired ? `expired after ${(after / 1000).toFixed(1)} s` : 'not expired',
    regenerated ? 'regenerated' : 'not regenerated',
  ];
  const wrong = !(hit && expired && regenerated);
  return { evidence: `${name}: ${saw.join(', ')}`, reasons: wrong ? [`${name}: ${reason ?? saw.join(', ')}`] : [] };
}
