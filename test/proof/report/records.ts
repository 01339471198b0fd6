import { join } from 'node:path';
import { root } from '../../processes.ts';

/** The report that people read. */
export const reportFile = join(root, 'dist', 'proof', 'cluster.html');

/** Configuration of the stack that was applied last in this run, in full. */
export const appliedFile = join(root, 'dist', 'proof', 'applied.yaml');

/** What scenarios leave for it: one file of each. */
export const recordsFolder = join(root, 'dist', 'proof', 'cluster');
