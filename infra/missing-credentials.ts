import type { StackConfig } from './config.ts';
import { receiverCredentials } from './stack/alertmanager/receivers.ts';
import { stackLinks } from './stack/links.ts';

/** Names of the credentials that a stack cannot be made without and that are not among the given ones, sorted. */
export function missingCredentials(config: StackConfig, given: object = config.credentials): string[] {
  if (config.secrets.from !== 'generated') return [];
  const needed = new Set([...ofExistingParts(config), ...ofOwnParts(config)]);
  return [...needed].filter((name) => !Object.hasOwn(given, name)).sort();
}

/** Models that answer nothing until a credential is given that the stack can be made without, by its name. */
export function silentModels(config: StackConfig): ReadonlyMap<string, string[]> {
  const silent = new Map<string, string[]>();
  if (config.litellm.use !== 'bundled' || config.secrets.from !== 'generated') return silent;
  for (const [model, { credential }] of Object.entries(config.models.served)) {
    if (credential === undefined || Object.hasOwn(config.credentials, credential)) continue;
    silent.set(credential, [...(silent.get(credential) ?? []), model]);
  }
  return silent;
}

/** How a credential is given to a stack. */
export const giveCredential = (name: string, stack: string): string =>
  `pulumi config set --secret --path 'ballast:credentials.${name}' --stack ${stack}`;

function ofExistingParts(config: StackConfig): string[] {
  const secrets = Object.values(stackLinks(config)).flatMap((link) => link?.secrets ?? []);
  const sources = secrets.flatMap(({ keys }) => Object.values(keys));
  return sources.flatMap((source) => (source.from === 'credential' ? [source.credential] : []));
}

/** The models' are not among them: a model whose key is not given answers nothing, and the others take over. */
function ofOwnParts({ tei, mlflow, alertmanager, backup }: StackConfig): string[] {
  const { database, artifacts } = mlflow;
  const names = [
    tei.use === 'bundled' && tei.credential,
    ...(mlflow.use === 'bundled' ? [database?.credential, artifacts?.accessKey, artifacts?.secretKey] : []),
    ...(alertmanager.use === 'bundled' ? receiverCredentials(alertmanager.receivers) : []),
    ...(backup.use === 'bundled' ? [backup.objectStorage?.accessKey, backup.objectStorage?.secretKey] : []),
  ];
  return names.filter((name) => typeof name === 'string');
}
