import { join } from 'node:path';
import { renderStack } from '../../infra/render/render.ts';

// Runs the whole program for prod, in memory: what program-time.ts times.
await renderStack(join(import.meta.dirname, '..', '..'), 'prod');
