import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test, vi } from 'vitest';
import { writeProgram } from '../../test/write-program.ts';
import { Namespaces } from './namespaces.ts';

test.skipIf(process.platform !== 'linux')('namespaces that cannot be made are an error that says why', async () => {
  const folder = mkdtempSync(`${tmpdir()}/ballast-namespaces-`);
  // In place of the shell that makes them: it ends before all that it says is read.
  writeProgram(folder, 'sh', "echo 'unshare failed: Operation not permitted' >&2; exit 1");
  vi.stubEnv('PATH', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  await expect(Namespaces.make()).rejects.toThrow(
    'The namespaces of the node cannot be made: unshare failed: Operation not permitted',
  );
});
