import { containersOf, type Pod } from './pod.ts';

/** A Secret that a pod refers to. */
export interface SecretReference {
  /** What needs it: `container "web"`, `volume "tls"`. */
  readonly by: string;
  readonly name: string;
  /** The key of it that is needed; nothing where it is taken as it is. */
  readonly key?: string;
  /** Whether the pod starts without it. */
  readonly optional: boolean;
}

/**
 * Every Secret whose values a pod gets. Those in `imagePullSecrets` are none of them: the node pulls with them, the pod starts without
 * them where it may pull anyway, and whoever has the registry commonly makes them.
 */
export function secretReferences(pod: Pod): SecretReference[] {
  return [...ofContainers(pod), ...ofVolumes(pod)];
}

function ofContainers(pod: Pod): SecretReference[] {
  return containersOf(pod).flatMap(({ container: { env, envFrom }, title }) => [
    ...(envFrom ?? []).flatMap(({ secretRef }) => reference(title, secretRef, [undefined])),
    ...(env ?? []).flatMap(({ valueFrom }) =>
      reference(title, valueFrom?.secretKeyRef, [valueFrom?.secretKeyRef?.key]),
    ),
  ]);
}

function ofVolumes({ spec: { volumes } }: Pod): SecretReference[] {
  return (volumes ?? []).flatMap(({ name, secret, projected }) => [
    ...reference(`volume "${name}"`, secret && { name: secret.secretName, optional: secret.optional }, keysOf(secret)),
    ...(projected?.sources ?? []).flatMap((source) =>
      reference(`volume "${name}"`, source.secret, keysOf(source.secret)),
    ),
  ]);
}

/** The keys that a volume takes; itself where it takes all that there are. */
const keysOf = (secret?: { readonly items?: readonly { readonly key?: string }[] }) =>
  secret?.items?.map(({ key }) => key) ?? [undefined];

function reference(
  by: string,
  secret: { readonly name?: string | undefined; readonly optional?: boolean | undefined } | undefined,
  keys: readonly (string | undefined)[],
): SecretReference[] {
  const { name, optional } = secret ?? {};
  if (typeof name !== 'string') return [];
  return keys.map((key) => ({ by, name, optional: optional === true, ...(key !== undefined && { key }) }));
}
