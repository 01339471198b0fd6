import { z } from 'zod';
import { checkExternal, credentialName, external, replicas, resources, setting, use } from '../../settings.ts';

const shape = z.strictObject({
  use: use(['bundled', 'external', 'off'], 'bundled'),
  ...external,
  url: setting(
    z.url().optional(),
    'An existing OpenAI-compatible endpoint, /v1 included, that has the models under their names; with use: external.',
    'https://llm.example.com/v1',
  ),
  credential: setting(
    credentialName.optional(),
    "Credential that holds the existing one's key; none when absent.",
    'litellm',
  ),
  replicas: replicas(1),
  resources: resources('100m', '1', '384Mi', '1Gi'),
});

/** Configuration `ballast:litellm`. */
export const litellmSettings = checkExternal(shape, ['http', 'https']);

/** Configuration `ballast:litellm`, with its defaults. */
export type LiteLlmSettings = z.output<typeof litellmSettings>;
