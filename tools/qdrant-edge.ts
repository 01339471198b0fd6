import { join } from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/**
 * Path of a Python that has Qdrant's engine, for test/standins/qdrant_server.py, as tools/qdrant-edge/requirements.txt
 * pins it. The file holds hashes, so pip checks every file against them.
 *
 * @throws when there is no fitting Python, or the package cannot be installed.
 */
export async function pythonWithQdrantEdge(): Promise<string> {
  const folder = await pythonEnvironment({ name: 'qdrant-edge', package: 'qdrant-edge-py', cost: 'some seconds' });
  return join(folder, 'bin', 'python');
}
