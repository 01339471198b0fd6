import { environmentSchema, variables, type Config, type VariableName } from './config.ts';

/** EX_CONFIG of sysexits.h: the configuration is wrong, and starting again will not help. */
export const badConfigurationExitCode = 78;

/** One thing that is wrong with the environment. Never holds a secret's value. */
export interface ConfigProblem {
  readonly name: VariableName;
  /** What was given, quoted; `undefined` for a secret, for what may hold one (an `@`), and for what is missing. */
  readonly given?: string;
  /** What is allowed. */
  readonly allowed: string;
}

/** Thrown by {@link parseConfig}; carries every problem, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      `${problems.length} configuration problem${problems.length === 1 ? '' : 's'}: ` +
        problems.map(describeProblem).join('; '),
    );
    this.problems = problems;
  }
}

/** One problem as a sentence: `PORT is "abc", but must be a whole number from 1 to 65535`. */
export function describeProblem({ name, given, allowed }: ConfigProblem): string {
  return given === undefined ? `${name} must be ${allowed}` : `${name} is ${given}, but must be ${allowed}`;
}

/**
 * Reads the configuration from environment variables. An empty variable counts as unset.
 *
 * @throws {ConfigError} with every problem at once.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const { name, meta } of variables()) {
    const raw = env[name];
    const result = environmentSchema.shape[name].safeParse(raw === '' ? undefined : raw);
    if (result.success) values[name] = result.data;
    else
      problems.push({
        name,
        allowed: meta.allowed,
        ...(meta.secret || raw?.includes('@') ? {} : { given: quote(raw) }),
      });
  }
  const config = values as Partial<Config>;
  const failed = new Set(problems.map((problem) => problem.name));
  if (!config.JWT_SECRET && !config.JWKS_URL && !failed.has('JWT_SECRET') && !failed.has('JWKS_URL')) {
    problems.push({ name: 'JWT_SECRET', allowed: 'set (at least 32 bytes), or else JWKS_URL' });
  }
  if (config.ENVIRONMENT === 'production' && config.CORS_ORIGINS?.includes('*')) {
    problems.push({ name: 'CORS_ORIGINS', given: '"*"', allowed: 'a list of origins in production' });
  }
  for (const name of ['QDRANT_URL', 'SEMANTIC_CACHE_ENABLED'] as const) {
    if (config[name] && !config.TEI_URL && !failed.has('TEI_URL')) {
      problems.push({ name: 'TEI_URL', allowed: `set, because ${name} needs an embedding service` });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}

function quote(value: string | undefined): string {
  const text = value ?? '';
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Hides the user and password inside a URL: `redis://***@host:6379`. Other text stays as it is. */
export function maskCredentials(value: string): string {
  return value.replace(/:\/\/[^/\s]*@/g, '://***@');
}
