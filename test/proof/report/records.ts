import { join } from 'node:path';
import { root } from '../../processes.ts';

/** The report that people read. */
export const reportFile = join(root, 'dist', 'proof', 'cluster.html');

/** What scenarios leave for it: one file of each. */
export const recordsFolder = join(root, 'dist', 'proof', 'cluster');
