import type { Inventory } from './inventory.ts';
import type { Identified } from './object.ts';

/** A Secret that a program makes, itself or through an operator. */
export interface MadeSecret {
  readonly name: string;
  /** Its keys; nothing where they are not known before it is made. Asked only when needed: a preview may not know them. */
  keys(): readonly string[] | undefined;
}

/** What the Secrets of a namespace will be: those of the program, and those that operators make from its objects. */
export function madeSecrets(program: Inventory, namespace: string): MadeSecret[] {
  const each = (
    group: string,
    kind: string,
    read: (made: Identified) => MadeSecret | readonly MadeSecret[] | undefined,
  ) => program.ofKind(group, kind, namespace).flatMap((made) => read(made) ?? []);
  return [
    ...each('', 'Secret', ofSecret),
    ...each('external-secrets.io', 'ExternalSecret', ofExternalSecret),
    ...each('cert-manager.io', 'Certificate', ofCertificate),
    ...each('bitnami.com', 'SealedSecret', ofSealedSecret),
    ...each('secrets-store.csi.x-k8s.io', 'SecretProviderClass', ofSecretProviderClass),
  ];
}

/** One that has neither field is filled by somebody else, as a service account's token is. */
function ofSecret({ object }: Identified): MadeSecret {
  return {
    name: object.metadata?.name ?? '',
    keys: () => {
      const fields = [object.data ?? [], object.stringData ?? []];
      const none = !object.data && !object.stringData;
      return none ? undefined : fields.flatMap((field) => Object.keys(field));
    },
  };
}

interface ExternalSecretSpec {
  readonly target?: { readonly name?: string; readonly creationPolicy?: string; readonly template?: unknown };
  readonly data?: readonly { readonly secretKey?: string }[];
  readonly dataFrom?: readonly unknown[];
}

/** Source: https://external-secrets.io/latest/api/externalsecret/ */
function ofExternalSecret({ object: { metadata, spec } }: Identified): MadeSecret | undefined {
  const { target, data, dataFrom } = (spec ?? {}) as ExternalSecretSpec;
  if (target?.creationPolicy === 'Merge' || target?.creationPolicy === 'None') return undefined;
  const known = !target?.template && (dataFrom ?? []).length === 0;
  return {
    name: target?.name ?? metadata?.name ?? '',
    keys: () => (known ? (data ?? []).flatMap(({ secretKey }) => secretKey ?? []) : undefined),
  };
}

/** What a certificate's Secret has besides the pair depends on the issuer and on key stores. */
function ofCertificate({ object: { spec } }: Identified): MadeSecret {
  const { secretName = '' } = (spec ?? {}) as { readonly secretName?: string };
  return { name: secretName, keys: () => undefined };
}

interface SealedSecretSpec {
  readonly encryptedData?: object;
  readonly template?: { readonly metadata?: { readonly name?: string }; readonly data?: object };
}

/** Source: https://github.com/bitnami-labs/sealed-secrets */
function ofSealedSecret({ object: { metadata, spec } }: Identified): MadeSecret {
  const { encryptedData = {}, template = {} } = (spec ?? {}) as SealedSecretSpec;
  return {
    name: template.metadata?.name ?? metadata?.name ?? '',
    keys: () => [...Object.keys(encryptedData), ...Object.keys(template.data ?? {})],
  };
}

interface SecretProviderClassSpec {
  readonly secretObjects?: readonly {
    readonly secretName?: string;
    readonly data?: readonly { readonly key?: string }[];
  }[];
}

/** Source: https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret */
function ofSecretProviderClass({ object: { spec } }: Identified): MadeSecret[] {
  const { secretObjects } = (spec ?? {}) as SecretProviderClassSpec;
  return (secretObjects ?? []).map(({ secretName = '', data }) => ({
    name: secretName,
    keys: () => (data ?? []).flatMap(({ key }) => key ?? []),
  }));
}
