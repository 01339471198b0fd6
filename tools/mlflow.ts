import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/**
 * Path of MLflow's `mlflow`, the real server, as tools/mlflow/requirements.txt pins it.
 *
 * @throws when there is no fitting Python, or the packages cannot be installed.
 */
export async function mlflow(): Promise<string> {
  const folder = await pythonEnvironment({ name: 'mlflow', package: 'mlflow', cost: 'about a minute and 800 MB' });
  return join(folder, 'bin', 'mlflow');
}
