import type { IExternalSecretSpec } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecretSpec';
import type * as pulumi from '@pulumi/pulumi';
import type { SecretDescription } from '../secret.ts';
import type { Labels } from './labels.ts';
import type { PartObjects } from './part-objects.ts';
import { templatePieces } from './secret-template.ts';

/** Where the External Secrets operator finds the values. */
export interface ExternalSecretsArgs {
  readonly store: { readonly kind: 'SecretStore' | 'ClusterSecretStore'; readonly name: string };
  /** Values are in the store under `<prefix>/<secret>/<key>`. */
  readonly prefix: string;
  /** Time between two looks at the store: `1h`. */
  readonly refreshInterval: string;
}

/**
 * A Secret of the same name and keys as a generated one, whose values the operator fetches. The counter rolls the pods at
 * once, fetched or not: who rotates a value has it fetched first, as docs/handbook/secrets-and-rotation.md says.
 */
export function externalSecret(
  objects: PartObjects,
  secret: SecretDescription,
  labels: Labels,
  args: ExternalSecretsArgs,
): pulumi.Resource {
  return objects.make(
    'customResource',
    { name: secret.name, labels, annotations: { 'ballast.dev/rotation': String(secret.rotation) } },
    { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', spec: externalSecretSpec(secret, args) },
  );
}

/** What the operator is told. Its templates: https://external-secrets.io/latest/guides/templating/ */
export function externalSecretSpec(
  secret: SecretDescription,
  { store, prefix, refreshInterval }: ExternalSecretsArgs,
): IExternalSecretSpec {
  const entries = Object.entries(secret.keys);
  const templates = entries.flatMap(([key, source]) =>
    source.from === 'template' ? [[key, goTemplate(secret, source.template)] as const] : [],
  );
  return {
    secretStoreRef: { ...store },
    refreshInterval,
    target: {
      name: secret.name,
      creationPolicy: 'Owner',
      ...(templates.length > 0 && {
        // Merge: the fetched keys stay beside the templated ones.
        template: { engineVersion: 'v2' as const, mergePolicy: 'Merge' as const, data: Object.fromEntries(templates) },
      }),
    },
    data: entries.flatMap(([key, { from }]) =>
      from === 'template' ? [] : [{ secretKey: key, remoteRef: { key: `${prefix}/${secret.name}/${key}` } }],
    ),
  };
}

/** `index` takes any key, where the short form `.key` would end at a hyphen or a dot. */
function goTemplate(secret: SecretDescription, template: string): string {
  return templatePieces(secret, template)
    .map((piece) => ('key' in piece ? `{{ index . "${piece.key}" }}` : piece.text.replaceAll('{{', '{{ "{{" }}')))
    .join('');
}
