import { reasonOf, type CheckResult } from '../health/background-check.ts';

/**
 * Why a check failed, how long it took, how long ago it ended and when one last succeeded; null for what is not known
 * yet.
 */
export function evidenceOf(result: CheckResult | undefined) {
  const reason = reasonOf(result);
  return {
    ...(reason === undefined ? {} : { reason }),
    latency_ms: result ? Math.round(result.latencyMs * 1000) / 1000 : null,
    age_seconds: result ? Math.max(0, Date.now() - result.at.getTime()) / 1000 : null,
    last_success: result?.lastSuccess?.toISOString() ?? null,
  };
}
