import { stackLabels } from '../../infra/kubernetes/labels.ts';
import type { Manifest } from '../../infra/render/manifest.ts';
import { Failure } from '../failure.ts';
import type { Kubectl } from '../kubectl.ts';
import type { Credentials } from './environment-credentials.ts';
import type { GeneratedValues } from './generated-values.ts';

/** What a stack has from one `up` to the next, as Pulumi's state and the stack's file have it elsewhere. */
export interface KeptValues {
  readonly generated: GeneratedValues;
  /** Those that the environment gave. */
  readonly credentials: Credentials;
}

/** Name of the Secret that keeps them in the stack's namespace. */
const keeper = 'ballast-kept-values';

/** Before the name of a credential; names of generated values have no dot. */
const credentialPrefix = 'credential.';

/** The Secret that keeps values in a stack's namespace. */
export function keeperOf({ generated, credentials }: KeptValues, namespace: string, stack: string): Manifest {
  const given = Object.entries(credentials).map(([name, value]) => [`${credentialPrefix}${name}`, value] as const);
  const data = Object.fromEntries([...generated, ...given].map(([key, value]) => [key, encoded(value)]));
  const metadata = { name: keeper, namespace, labels: stackLabels(stack) };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
}

/**
 * The values that the Secret in a stack's namespace keeps; none where nothing of the stack is.
 *
 * @throws {Failure} as kubectl does, and when the Secret alone is gone: other values would lock what was made with the first ones.
 */
export async function keptValues(kubectl: Kubectl, namespace: string): Promise<KeptValues> {
  const own = ['--namespace', namespace, '--selector', 'app.kubernetes.io/part-of=ballast', '--request-timeout=15s'];
  const { items } = await kubectl.json<{ readonly items: readonly Secret[] }>(['get', 'secrets', ...own]);
  const found = items.find(({ metadata }) => metadata.name === keeper);
  if (found === undefined && items.length > 0) {
    throw new Failure(
      `The Secret ${keeper} is gone from the namespace ${namespace}, which keeps the values that its other Secrets are made of: ` +
        'restore it, or remove the stack first.',
    );
  }
  const entries = Object.entries(found?.data ?? {}).map(([key, value]) => [key, decoded(value)] as const);
  const isCredential = ([key]: readonly [string, string]) => key.startsWith(credentialPrefix);
  const credentials = entries.filter(isCredential);
  return {
    generated: new Map(entries.filter((entry) => !isCredential(entry))),
    credentials: Object.fromEntries(credentials.map(([key, value]) => [key.slice(credentialPrefix.length), value])),
  };
}

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const encoded = (text: string) => Buffer.from(text).toString('base64');
const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
