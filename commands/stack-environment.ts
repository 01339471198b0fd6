import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../service/contract/config.ts';
import {
  badConfigurationExitCode,
  ConfigError,
  describeProblem,
  parseConfig,
} from '../service/contract/parse-config.ts';
import { Failure } from './failure.ts';
import { root } from './running.js';
import { folders, localSecret, logPath } from './state.ts';

/** The environment that the embedded stack's service gets, and what it means. */
export interface StackEnvironment {
  readonly env: NodeJS.ProcessEnv & { readonly LOG_FILE: string };
  readonly config: Config;
}

/**
 * The caller's environment, then `.env` (or the file that `BALLAST_ENV_FILE` names), then what the embedded stack adds
 * where neither says anything.
 *
 * @throws {Failure} with every problem of the configuration.
 */
export function stackEnvironment(): StackEnvironment {
  const file = resolve(root, process.env['BALLAST_ENV_FILE'] || '.env');
  if (existsSync(file)) process.loadEnvFile(file); // What is set already stays as it is.
  const { JWT_SECRET, JWKS_URL, DATA_DIR, CORPUS_DIR, LOG_FILE } = process.env;
  const env = {
    ...process.env,
    DATA_DIR: DATA_DIR || folders.data,
    CORPUS_DIR: CORPUS_DIR || join(root, 'docs'),
    LOG_FILE: LOG_FILE || logPath,
    ...(JWT_SECRET || JWKS_URL ? {} : { JWT_SECRET: localSecret('jwt-secret') }),
  };
  try {
    return { env, config: parseConfig(env) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((problem) => `  ${describeProblem(problem)}`).join('\n');
    throw new Failure(
      `The configuration has ${error.problems.length} problem(s):\n${problems}`,
      badConfigurationExitCode,
    );
  }
}
