import { z } from 'zod';
import { externalConnection } from './connection.ts';
import { parseQuantity } from './quantity.ts';

/** What the handbook's table says about one key of a stack's configuration. The default is the schema's own. */
export interface SettingMeta {
  /** One sentence: what the key decides, with its unit. */
  readonly description: string;
  /** A value as it would stand in `Pulumi.<stack>.yaml`. */
  readonly example: string | number | boolean | object;
}

/** Attaches what the handbook says; put it last, after `.default()`. */
export const setting = <T extends z.ZodType>(schema: T, description: string, example: SettingMeta['example']): T =>
  schema.meta({ description, example });

/** Memory or disk, in those of Kubernetes' units that a part has use for: `512Mi`, `10Gi`. */
export const bytes = z
  .string()
  .regex(/^[1-9]\d*(Ki|Mi|Gi|Ti)$/, { error: 'a whole number of Ki, Mi, Gi or Ti, such as 512Mi or 10Gi' });

/**
 * A Kubernetes quantity of CPU: `100m`, `2`. Nothing finer than a thousandth of a core:
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu
 */
export const cpu = z
  .string()
  .regex(/^([1-9]\d*m|[1-9]\d*(\.\d{1,3})?|0\.(?!0+$)\d{1,3})$/, { error: 'a quantity such as 250m or 2' });

/** A cron line of five fields, in UTC. */
export const cron = z.string().regex(/^(\S+ ){4}\S+$/, { error: 'a cron line of five fields, such as 0 3 * * *' });

/** Name of a namespace, as Kubernetes has it. */
export const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'the name of a namespace' });

/** A CIDR range: `10.0.0.0/8`. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: 'a CIDR range such as 10.0.0.0/8' });

/** A whole number of copies. */
export const replicas = (fallback: number, max = 50) =>
  setting(z.int().min(1).max(max).default(fallback), 'Copies that run.', 3);

/** What a container asks for and may use, with a part's own defaults: `resources('100m', '1', '256Mi', '512Mi')`. */
export function resources(cpuRequest: string, cpuLimit: string, memoryRequest: string, memoryLimit: string) {
  const shape = z.strictObject({
    cpu: bounds(cpu, 'CPU', cpuRequest, cpuLimit),
    memory: bounds(bytes, 'Memory', memoryRequest, memoryLimit),
  });
  return setting(shape.prefault({}), 'CPU and memory: what is reserved, and the most it may use.', {
    memory: { request: memoryRequest, limit: memoryLimit },
  });
}

function bounds(quantity: z.ZodString, what: string, request: string, limit: string) {
  const shape = z.strictObject({
    request: setting(
      quantity.default(request),
      `${what} that is reserved: a node that has less free is not chosen.`,
      request,
    ),
    limit: setting(quantity.default(limit), `${what} that may be used at most.`, limit),
  });
  const checked = shape.superRefine(({ request: least, limit: most }, issues) => {
    if (issues.issues.length > 0 || parseQuantity(least) <= parseQuantity(most)) return;
    issues.addIssue({ code: 'custom', path: ['limit'], message: `at least the request, ${least}`, input: most });
  });
  return setting(checked.prefault({}), `${what}, reserved and at most.`, { request, limit });
}

/** A volume's size and class. */
export function storage(size: string) {
  const shape = z.strictObject({
    size: setting(bytes.default(size), 'Size of each volume.', size),
    class: setting(z.string().min(1).optional(), "Storage class; the cluster's default when absent.", 'fast-ssd'),
  });
  return setting(shape.prefault({}), 'The volume for its data.', { size });
}

/** Whether the stack runs a part itself, uses one that exists, or goes without. */
export function use<const T extends 'bundled' | 'external' | 'off'>(
  allowed: readonly [T, ...T[]],
  fallback: NoInfer<T>,
) {
  const texts: Record<'bundled' | 'external' | 'off', string> = {
    bundled: 'bundled runs it in the stack',
    external: 'external uses an existing one at url',
    off: 'off goes without',
  };
  const sentence = allowed.map((each) => texts[each]).join(', ');
  return setting(z.enum(allowed).default(fallback as never), `${sentence}.`, fallback);
}

/** Where an existing part is, and which addresses that is when its name does not tell. */
export const external = {
  url: setting(z.url().optional(), 'Where the existing one is; with use: external.', 'https://redis.example.com'),
  egress: setting(
    z
      .strictObject({ cidrs: setting(z.array(cidr).min(1), 'The addresses, in CIDR notation.', ['10.1.2.0/24']) })
      .optional(),
    'Addresses of the existing one, where its URL is not a public name on port 443 or a service in the cluster.',
    { cidrs: ['10.1.2.0/24'] },
  ),
} as const;

/**
 * Checks the settings of a part that may be external, or an operator's: an external one has a URL, and a URL has one of these
 * schemes and no password, and where it leads is known.
 *
 * @param schemes such as `https`.
 */
export function checkExternal<T extends z.ZodType<ExternalSettings>>(schema: T, schemes: readonly string[]): T {
  return schema.superRefine((settings, issues) => {
    // A URL that is none is said already.
    if (issues.issues.length > 0) return;
    const [key, message] = externalProblem(settings, schemes) ?? [];
    if (key !== undefined) issues.addIssue({ code: 'custom', path: [key], message, input: settings[key] });
  });
}

function externalProblem(
  { use, url, egress }: ExternalSettings,
  schemes: readonly string[],
): readonly ['url' | 'egress', string] | undefined {
  if (use === 'external' && url === undefined) return ['url', 'needed with use: external'];
  if (url === undefined || (use !== 'external' && use !== 'operator')) return undefined;
  const { protocol, password } = new URL(url);
  if (!schemes.includes(protocol.slice(0, -1))) return ['url', `a URL that starts with ${schemes.join(' or ')}://`];
  if (password !== '') return ['url', 'a URL without a password, which belongs in ballast:credentials'];
  try {
    externalConnection(url, egress);
    return undefined;
  } catch (error) {
    return ['egress', (error as Error).message];
  }
}

/** Refuses, at the key `egress` beside a URL, one that leads nowhere known. A URL that is none is refused at its own key. */
export function refuseUnknown(locate: () => unknown, issues: z.RefinementCtx, path: readonly string[] = []): void {
  try {
    locate();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_INVALID_URL') issues.addIssue({ code: 'custom', path: [...path, 'egress'], message });
  }
}

interface ExternalSettings {
  readonly use: string;
  readonly url?: string | undefined;
  readonly egress?: { readonly cidrs: readonly string[] } | undefined;
}

/** Name of a value in `ballast:credentials`; letters and digits, since variables and keys of secrets are made of it. */
export const credentialName = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/, {
  error: 'a name in ballast:credentials: letters and digits, a letter first',
});
