import { readyResponse } from '../../service/contract/health-schemas.ts';
import { routes } from '../../service/contract/http.ts';
import { read } from './canary.ts';
import type { Guard } from './guard.ts';

/** The service takes traffic, and everything that it needs is there. */
export const readiness: Guard = {
  name: 'readiness',
  check: async (canary) => {
    const answer = await canary.ask(routes.ready, '?strict=1');
    const { status, reason, checks } = read(routes.ready, answer, readyResponse);
    const down = Object.keys(checks).filter((name) => !checks[name]);
    const evidence = `GET ${routes.ready.paths[0]}?strict=1: ${answer.status}, ${status}`;
    if (answer.status === 200) return { evidence, reasons: [] };
    const reasons = [
      ...(reason === undefined ? [] : [reason]),
      ...(down.length > 0 ? [`down: ${down.join(', ')}`] : []),
    ];
    return { evidence, reasons: reasons.length > 0 ? reasons : [`answered ${answer.status}`] };
  },
};
