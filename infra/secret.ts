/** Name of every secret that a stack may have and rotate by its counter. */
export const secretNames = [
  'alertmanager-receivers',
  'api-keys',
  'grafana-admin',
  'hugging-face',
  'litellm-keys',
  'mlflow-store',
  'object-storage',
  'otel-collector',
  'provider-keys',
  'qdrant-keys',
  'redis-auth',
  'sentry',
] as const;

/** Name of a secret that is rotated. */
export type SecretName = (typeof secretNames)[number];

/** One value of a secret, by name: what a container refers to. Values never are in a description. */
export interface SecretReference {
  readonly secret: string;
  readonly key: string;
}

/** A secret of a part: every key with where its value comes from. */
export interface SecretDescription {
  /** Name of the Secret: `qdrant-keys`. */
  readonly name: string;
  readonly keys: Readonly<Record<string, SecretSource>>;
  /**
   * Counter of rotations, from the configuration `rotation.<name>`. A higher one makes new generated values and rolls exactly
   * the pods that refer to the secret.
   */
  readonly rotation: number;
}

/** Where a value comes from. */
export type SecretSource =
  /** Letters and digits, so that it may stand in a URL. */
  | { readonly from: 'generated'; readonly length: number }
  /** The value before the last rotation; equal to the first one until there was one. `key` is the key it precedes. */
  | { readonly from: 'previous'; readonly key: string }
  /** Given by the user as a secret of the stack: `ballast:credentials` under this name. */
  | { readonly from: 'credential'; readonly credential: string }
  /** Text around other values of the same secret: `$(key)` stands for them. */
  | { readonly from: 'template'; readonly template: string };
