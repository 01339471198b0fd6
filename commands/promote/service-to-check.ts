import { defaultPort } from '../../service/contract/http.ts';
import { goesToOneNode } from '../../tools/cluster/one-node.ts';
import { Failure } from '../failure.ts';
import { throughPortForward } from '../port-forward.ts';
import { stackConfig } from '../stack-config.ts';
import { Canary } from './canary.ts';
import { credentialFor, stackCredential } from './credential.ts';

/** How a service to check is named on the command line. */
export interface NamedService {
  readonly url?: string | undefined;
  readonly stack?: string | undefined;
  readonly token?: string | undefined;
}

/**
 * Does work on a running service: one with an address, or an instance of the API in a stack, to which kubectl forwards a port.
 *
 * @param command What is named in an error: `promote:check`.
 * @param instance Service of the stack: `api-canary`.
 * @param interrupted Ends every request.
 * @throws {Failure} when it is not named, named twice, or cannot be reached through kubectl.
 */
export async function withService(
  command: string,
  { url, stack, token }: NamedService,
  instance: 'api' | 'api-canary',
  interrupted: AbortSignal,
  work: (service: Canary) => Promise<void>,
): Promise<void> {
  if (stack === undefined) {
    const address = addressOf(command, url);
    return work(new Canary(address, await credentialFor(address, token), interrupted));
  }
  if (url !== undefined) throw new Failure('--url and --stack exclude each other');
  const config = await stackConfig(stack);
  // So that kubectl is found, and its way to a one-node cluster.
  await goesToOneNode(config.context);
  const credential = await stackCredential(config, token);
  const target = { context: config.context, namespace: config.namespace, service: instance, port: defaultPort };
  await throughPortForward(target, (address) => work(new Canary(address, credential, interrupted)));
}

/** The address to ask, without a slash at the end. @throws {Failure} when it is none. */
function addressOf(command: string, given: string | undefined): string {
  if (given === undefined) throw new Failure(`Name the service: npm run ${command} -- --url http://HOST:PORT`);
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new Failure(`--url must be an address such as http://127.0.0.1:8000, not ${given}`);
  }
  if (url.username !== '' || url.password !== '') throw new Failure('--url must hold no user or password: use --token');
  return url.href.replace(/\/+$/, '');
}
