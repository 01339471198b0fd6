import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { goTool } from './go-tool.ts';

/**
 * Path of a promtool 3: the one on the PATH, else the one that is built from tools/promtool/go.mod.
 *
 * @throws when there is neither a promtool 3 nor Go.
 */
export async function promtool(): Promise<string> {
  if (await isVersion3('promtool')) return 'promtool';
  return goTool({
    name: 'promtool',
    folder: 'promtool',
    module: 'github.com/prometheus/prometheus',
    command: 'cmd/promtool',
    cost: 'about two minutes on two cores',
  });
}

async function isVersion3(command: string): Promise<boolean> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['--version']);
    return /version 3\./.test(stdout + stderr);
  } catch {
    return false;
  }
}
