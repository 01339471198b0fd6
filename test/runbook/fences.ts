import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../processes.ts';

/** What somebody on call may copy from a page. */
export interface Fence {
  /** Name of the page's file. */
  readonly page: string;
  /** `sh`, `promql`, `yaml`. */
  readonly language: string;
  /** Why no test can run it, as the fence says after `not-run:`. */
  readonly notRun: string | undefined;
  /** Its lines; a line that ends in a backslash goes on in the next one. */
  readonly lines: readonly string[];
}

const folder = join(root, 'docs', 'runbook');

/** Every fence of the runbook, page by page. */
export function fences(): Fence[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .sort()
    .flatMap((page) =>
      [...readFileSync(join(folder, page), 'utf8').matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
        ([, info = '', text = '']) => ({
          page,
          language: info.split(' ')[0] ?? '',
          notRun: /not-run: (.+)/.exec(info)?.[1],
          lines: text.replaceAll('\\\n', ' ').trim().split('\n'),
        }),
      ),
    );
}

/** A command that is to be run. */
export interface Command {
  readonly page: string;
  readonly command: string;
}

/** The commands of a program, each once, with the first page that has it; those that no test can run are left out. */
export function commandsOf(program: string): Command[] {
  const found = new Map<string, Command>();
  for (const { page, language, notRun, lines } of fences()) {
    if (language !== 'sh' || notRun !== undefined) continue;
    for (const command of lines) {
      if (command.startsWith(`${program} `) && !found.has(command)) found.set(command, { page, command });
    }
  }
  return [...found.values()];
}
