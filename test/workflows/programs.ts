import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { newFolder } from './new-folder.ts';

/** A PATH on which shell scripts stand for programs, by the program's name. */
export function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return [folder, process.env['PATH']].join(delimiter);
}
