import type { StackConfig } from '../../infra/config.ts';
import { environmentCredentials, type Credentials } from './environment-credentials.ts';
import { keptValues } from './kept-values.ts';
import { kubectlFor } from './kubectl-for.ts';

/** The credentials that a stack has beside its file when it is applied; those of the environment alone where no cluster answers. */
export async function givenCredentials(config: StackConfig): Promise<Credentials> {
  const kept = await keptValues(kubectlFor(config), config.namespace).catch(() => undefined);
  return { ...kept?.credentials, ...environmentCredentials() };
}
