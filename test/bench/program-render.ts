import { join } from 'node:path';
import { stackResources } from '../../infra/render/render.ts';

// Runs the whole program for prod without engine and cluster: what program-time.ts times.
await stackResources(join(import.meta.dirname, '..', '..'), 'prod');
