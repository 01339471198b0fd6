import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/**
 * Path of Checkov, which checks manifests against a catalogue of security policies, as tools/checkov/requirements.txt
 * pins it.
 *
 * @throws when there is no fitting Python, or the packages cannot be installed.
 */
export async function checkov(): Promise<string> {
  const folder = await pythonEnvironment({ name: 'checkov', package: 'checkov', cost: 'about a minute and 300 MB' });
  return join(folder, 'bin', 'checkov');
}
