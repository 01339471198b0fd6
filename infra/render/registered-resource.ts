import * as pulumi from '@pulumi/pulumi';
import type { Alias as AliasMessage } from '@pulumi/pulumi/proto/alias_pb.js';
import type messages from '@pulumi/pulumi/proto/resource_pb.js';
import type { Alias } from './aliases.ts';

/** One resource as the program registered it. */
export interface RegisteredResource {
  readonly urn: string;
  /** Type token: `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  /** The component has no object of its own. */
  readonly isComponent: boolean;
  /** Plain data: outputs have their values, secrets too. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs that are secret: `stringData`, `spec.password`. */
  readonly secrets: readonly string[];
  readonly options: RegisteredOptions;
}

/** The resource options that decide about order, identity and deletion. */
export interface RegisteredOptions {
  /** URN of the parent; empty at the top. */
  readonly parent: string;
  /** `<urn>::<id>` of the provider; empty for the default one. */
  readonly provider: string;
  /** URNs of everything that must be there before, explicit and through inputs, sorted. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Paths of inputs whose changes the engine leaves out. */
  readonly ignoreChanges: readonly string[];
  readonly aliases: readonly Alias[];
  /** Longest time of a creation: `900s`; empty for the provider's own. */
  readonly createTimeout: string;
}

/** Reads a registration as the program sent it. */
export function readRegistration(urn: string, request: messages.RegisterResourceRequest): RegisteredResource {
  const secrets: string[] = [];
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    isComponent: !request.getCustom(),
    inputs: plain(request.getObject()?.toJavaScript(), '', secrets) as Record<string, unknown>,
    secrets,
    options: {
      parent: request.getParent(),
      provider: request.getProvider(),
      dependsOn: request.getDependenciesList().toSorted(),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      aliases: request.getAliasesList().map(readAlias),
      createTimeout: request.getCustomtimeouts()?.getCreate() ?? '',
    },
  };
}

/** What is not said in an alias is empty in the message. */
function readAlias(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  const [name, type, parent] = [spec.getName(), spec.getType(), spec.getParenturn()];
  return { ...(name && { name }), ...(type && { type }), ...((parent || spec.getNoparent()) && { parent }) };
}

/** A value as it crosses the wire, without the marks of secrets; their paths are noted. */
function plain(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((each, index) => plain(each, `${path}[${index}]`, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig) {
    secrets.push(path);
    return plain(fields['value'], path, secrets);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [key, plain(inner, path === '' ? key : `${path}.${key}`, secrets)]),
  );
}
