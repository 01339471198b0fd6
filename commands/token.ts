import { parseArgs } from 'node:util';
import { scopes } from '../service/contract/http.ts';
import { tenantPattern } from '../service/tokens/token-verifier.ts';
import { Failure, runCommand } from './failure.ts';
import { defaultClaims, signLocalToken } from './local-token.ts';

// npm run token [-- --tenant T] [--scope "S S"] [--hours N]: prints a token for the local stack, bare, as its last line.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string', default: defaultClaims.tenant },
      scope: { type: 'string', default: defaultClaims.scope },
      hours: { type: 'string', default: String(defaultClaims.hours) },
    },
  });
  const { tenant } = values;
  const wanted = values.scope.trim().split(/[\s,]+/);
  const hours = Number(values.hours);
  if (!tenantPattern.test(tenant)) {
    throw new Failure('--tenant must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and start with a letter or digit');
  }
  const unknown = wanted.filter((name) => !scopes.some((known) => known === name));
  if (unknown.length > 0) throw new Failure(`--scope must be some of ${scopes.join(', ')}; not ${unknown.join(', ')}`);
  if (!(hours > 0 && hours <= 8760)) throw new Failure('--hours must be a number above 0 and up to 8760');
  console.log(await signLocalToken({ tenant, scope: wanted.join(' '), hours }));
});
