import { z } from 'zod';

/** What delivery sets in the configuration of a stack, and nobody commits. */
export interface Delivered {
  /** `ballast:api.image.digest`; without one the tag of the image decides. */
  readonly digest?: string | undefined;
  /** `ballast:api.canary`. */
  readonly canary?: { readonly digest: string; readonly weight: number } | undefined;
}

/** One update of a stack, as the state backend recorded it. */
export interface Update {
  /** Counted from 1. */
  readonly version: number;
  /** `update` for one of `pulumi up`; others are `refresh`, `destroy`, `import` and more. */
  readonly kind: string;
  readonly succeeded: boolean;
  /** When it began, in ISO 8601. */
  readonly startTime: string;
  readonly message: string;
  /** Commit whose program it ran; `undefined` when it did not run in a repository. */
  readonly commit: string | undefined;
  /** Whether files differed from that commit. */
  readonly dirty: boolean;
  /** Every key of its configuration that was no secret: text, or what the JSON of an object says. */
  readonly configuration: ReadonlyMap<string, unknown>;
  /** Keys of its configuration with a secret in them, of which nothing more is recorded. */
  readonly secrets: ReadonlySet<string>;
  /** `undefined` when it is not known, since `ballast:api` had a secret in it. */
  readonly delivered: Delivered | undefined;
}

/** Why an update whose image is not known is of no use. */
export const imageUnknown = (version: number): string =>
  `the history does not tell which image version ${version} ran, since its ballast:api had a secret in it`;

/** What `pulumi stack history --json` prints, in what is read of it. Secrets are not in it. */
const recorded = z.array(
  z.object({
    version: z.int(),
    kind: z.string(),
    startTime: z.string(),
    message: z.string(),
    environment: z.record(z.string(), z.string()).nullable(),
    config: z.record(
      z.string(),
      z.object({ value: z.string().optional(), objectValue: z.unknown().optional(), secret: z.boolean() }),
    ),
    result: z.string(),
  }),
);

const api = z.object({
  image: z.object({ digest: z.string().optional() }).optional(),
  canary: z.object({ digest: z.string(), weight: z.number() }).optional(),
});

/**
 * Updates of a stack, newest first.
 *
 * A state backend in object storage or in files records no versions, but 0 for each: there the version is the position in the
 * history, which must therefore be whole.
 *
 * @param text What `pulumi stack history --json` printed.
 * @throws when it is anything else.
 */
export function parseHistory(text: string): Update[] {
  // The CLI says `null` where there is none yet.
  const updates = recorded.parse(JSON.parse(text) ?? []);
  return updates.map(({ version, kind, startTime, message, environment, config, result }, index) => {
    const open = Object.entries(config).filter(([, { secret }]) => !secret);
    const configuration = new Map(open.map(([key, { value, objectValue }]) => [key, objectValue ?? value] as const));
    const secrets = new Set(Object.keys(config).filter((key) => config[key]?.secret));
    // Not valid in an update that was refused for just that.
    const { image, canary } = api.safeParse(configuration.get('ballast:api')).data ?? {};
    return {
      version: version === 0 ? updates.length - index : version,
      kind,
      succeeded: result === 'succeeded',
      startTime,
      message,
      commit: environment?.['git.head'],
      dirty: environment?.['git.dirty'] === 'true',
      configuration,
      secrets,
      delivered: secrets.has('ballast:api') ? undefined : { digest: image?.digest, canary },
    };
  });
}
