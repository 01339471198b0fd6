import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { images } from '../infra/images.ts';
import { runCommand } from './failure.ts';
import { refreshLock } from './images/refresh-lock.ts';
import { root } from './running.js';

// npm run images: writes the digests that the tags of infra/images.ts have now to infra/images.lock.json; --check only compares.
await runCommand(async () => {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  await refreshLock({
    references: Object.values(images),
    path: relative(process.cwd(), `${root}/infra/images.lock.json`),
    check: values.check,
    timeoutMs: 30_000,
    print: console.log,
  });
});
