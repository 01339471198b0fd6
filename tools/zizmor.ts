import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/**
 * Path of zizmor, which reads workflows of GitHub Actions for what an attacker could use, as tools/zizmor/requirements.txt
 * pins it.
 *
 * @throws when there is no fitting Python, or the package cannot be installed.
 */
export async function zizmor(): Promise<string> {
  const folder = await pythonEnvironment({ name: 'zizmor', package: 'zizmor', cost: 'a few seconds and 30 MB' });
  return join(folder, 'bin', 'zizmor');
}
