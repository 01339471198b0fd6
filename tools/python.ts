import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { foundOrInstalled } from './apt.ts';

const run = promisify(execFile);

/** A Python that can make virtual environments. */
export interface Python {
  /** Its path, or a name on the PATH. */
  readonly command: string;
  /** Such as `3.11`. */
  readonly version: string;
  /** Path of its program, without links: of another release it may be another one. */
  readonly program: string;
}

/** The versions that the pinned packages have wheels for, the usual name first. */
const versions = ['3.10', '3.11', '3.12', '3.13'];
const commands = ['python3', ...versions.toReversed().map((version) => `python${version}`), '/usr/bin/python3'];

/** Prints the version when everything that a virtual environment needs is there; Debian has ensurepip in python3-venv. */
const probe =
  'import os, sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2], os.path.realpath(sys.executable))';

/**
 * A Python 3.10 to 3.13 with venv and ensurepip: one on the PATH, else, as root on Debian, the one that apt installs.
 *
 * @throws when there is none, saying what to install.
 */
export function python(): Promise<Python> {
  return foundOrInstalled(
    findPython,
    ['python3', 'python3-venv'],
    'Python 3.10 to 3.13 with its venv module is needed: install it (on Debian: apt install python3 python3-venv).',
  );
}

async function findPython(): Promise<Python | undefined> {
  for (const command of commands) {
    const said = await run(command, ['-c', probe]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    const [, version = '', program = ''] = /^(\S+) (.*)$/.exec(said) ?? [];
    if (versions.includes(version)) return { command, version, program };
  }
  return undefined;
}
