import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a program of a shell script, for a folder on the PATH; in place of the one of that name that may be there. */
export function writeProgram(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
