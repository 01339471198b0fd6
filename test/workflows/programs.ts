import { delimiter } from 'node:path';
import { writeProgram } from '../write-program.ts';
import { newFolder } from './new-folder.ts';

/** A PATH on which shell scripts stand for programs, by the program's name. */
export function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, script] of Object.entries(scripts)) writeProgram(folder, name, script);
  return [folder, process.env['PATH']].join(delimiter);
}
