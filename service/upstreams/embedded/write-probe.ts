import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What must fit into a folder that is to take documents: about what one of many pages adds to the database. */
const probe = Buffer.alloc(64 * 1024);

/**
 * Writes a file into the folder, and removes it again.
 *
 * @throws when the folder is gone or read-only, or its disk is full, with the system's code.
 */
export async function probeWrite(folder: string): Promise<void> {
  const path = join(folder, '.write-probe');
  try {
    await writeFile(path, probe, { mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`documents cannot be stored in DATA_DIR: ${code}`, { cause: error });
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}
