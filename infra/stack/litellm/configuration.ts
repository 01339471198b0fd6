import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ModelSettings } from '../models.ts';

/** What of LiteLLM's configuration file is used here: https://docs.litellm.ai/docs/proxy/config_settings */
export interface LiteLlmConfiguration {
  readonly model_list: readonly LiteLlmModel[];
  readonly litellm_settings: {
    readonly num_retries: number;
    /** Seconds. */
    readonly request_timeout: number;
    readonly drop_params: boolean;
    readonly telemetry: boolean;
    readonly json_logs: boolean;
    readonly callbacks: readonly 'prometheus'[];
    readonly require_auth_for_metrics_endpoint: boolean;
  };
  readonly router_settings: { readonly num_retries: number; readonly disable_cooldowns: boolean };
  readonly general_settings: {
    readonly master_key: string;
    /** `<module>.<function>` of a file beside the configuration. */
    readonly custom_auth: string;
    readonly custom_auth_run_common_checks: boolean;
  };
}

/** A model that LiteLLM serves. */
export interface LiteLlmModel {
  readonly model_name: string;
  readonly litellm_params: { readonly model: string; readonly api_base?: string; readonly api_key?: string };
}

/** Name of the variable that holds a credential; LiteLLM looks at none of its own accord. */
export const providerVariable = (credential: string): string => `PROVIDER_KEY_${credential}`;

/** Credentials that the models name, each once. */
export const namedCredentials = ({ served }: ModelSettings): string[] => [
  ...new Set(Object.values(served).flatMap(({ credential }) => credential ?? [])),
];

/** Credentials that the models name and the stack has. */
export const usedCredentials = (models: ModelSettings, given: readonly string[]): string[] =>
  namedCredentials(models)
    .filter((name) => given.includes(name))
    .toSorted();

/** LiteLLM's `model_list`. A model whose credential the stack lacks is there without a key, and fails alone. */
function litellmModelList(models: ModelSettings, given: readonly string[]): LiteLlmModel[] {
  return Object.entries(models.served).map(([name, { provider, apiBase, credential }]) => ({
    model_name: name,
    litellm_params: {
      model: provider,
      ...(apiBase !== undefined && { api_base: apiBase }),
      ...(credential !== undefined &&
        given.includes(credential) && { api_key: `os.environ/${providerVariable(credential)}` }),
    },
  }));
}

/** What the configuration is made from. */
export interface ConfiguredBy {
  readonly models: ModelSettings;
  /** Names of the credentials that the stack has. */
  readonly credentials: readonly string[];
  /** Longest time for one answer of the service, in seconds. */
  readonly longestSeconds: number;
}

/** Seconds that a call of the service may take: longer than its longest answer. */
export const callSeconds = (longestSeconds: number): number => Math.ceil(longestSeconds) + 30;

/** LiteLLM without a database: no keys but the master's, and nothing that the service does itself, such as retries. */
export function litellmConfiguration({ models, credentials, longestSeconds }: ConfiguredBy): LiteLlmConfiguration {
  return {
    model_list: litellmModelList(models, credentials),
    litellm_settings: {
      num_retries: 0,
      // The deadline of the service is what ends a call.
      request_timeout: callSeconds(longestSeconds),
      // Providers differ in the parameters that they take; an unknown one is left out and not refused.
      drop_params: true,
      telemetry: false,
      json_logs: true,
      callbacks: ['prometheus'],
      // Prometheus would show the master key, which opens every model; the network policy says who reads the metrics.
      require_auth_for_metrics_endpoint: false,
    },
    // The service's breakers rest a model that fails; a proxy that does so too answers 429 in its place.
    router_settings: { num_retries: 0, disable_cooldowns: true },
    general_settings: {
      master_key: 'os.environ/LITELLM_MASTER_KEY',
      custom_auth: 'both_keys.accept',
      // The checks of routes that follow LiteLLM's own check of keys, which it would leave out after this one.
      custom_auth_run_common_checks: true,
    },
  };
}

/** Text of config.yaml. LiteLLM reads it as YAML 1.1, in which `on` is no name unless it is quoted. */
export function configurationText(configuration: LiteLlmConfiguration): string {
  return stringify(configuration, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The folder of LiteLLM's configuration, by file: the configuration, and the Python module that it names. */
export function configurationFiles(args: ConfiguredBy): Record<string, string> {
  return {
    'config.yaml': configurationText(litellmConfiguration(args)),
    'both_keys.py': readFileSync(join(import.meta.dirname, 'both_keys.py'), 'utf8'),
  };
}
