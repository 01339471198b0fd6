import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/**
 * Path of LiteLLM's `litellm`, the real proxy, as tools/litellm/requirements.txt pins it.
 *
 * @throws when there is no fitting Python, or the packages cannot be installed.
 */
export async function litellm(): Promise<string> {
  const folder = await pythonEnvironment({ name: 'litellm', package: 'litellm', cost: 'about a minute and 750 MB' });
  return join(folder, 'bin', 'litellm');
}
