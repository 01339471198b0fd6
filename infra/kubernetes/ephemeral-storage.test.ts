import { describe, expect, it } from 'vitest';
import { container, workload } from '../../test/stack/workload.ts';
import { ephemeralStorage } from './ephemeral-storage.ts';

const scratch = { kind: 'scratch', name: 'tmp', size: '1Gi' } as const;
const inMemory = { kind: 'scratch', name: 'sockets', size: '64Mi', inMemory: true } as const;
const persistent = { kind: 'persistent', name: 'data', size: '10Gi' } as const;

describe('the disk of the node', () => {
  it('is asked for what a container prints', () => {
    expect(ephemeralStorage(workload('some'), container())).toEqual({ request: '50Mi', limit: '256Mi' });
  });

  it('is asked for the scratch volumes that the container has, and for no others', () => {
    const some = workload('some', { volumes: [scratch, { ...scratch, name: 'other' }] });
    const mounting = container({ mounts: { tmp: '/tmp' } });
    expect(ephemeralStorage(some, mounting)).toEqual({ request: '1074Mi', limit: '1280Mi' });
  });

  it('is not asked for what is in memory or on a volume of its own', () => {
    const some = workload('some', { volumes: [inMemory, persistent] });
    const mounting = container({ mounts: { sockets: '/run', data: '/data' } });
    expect(ephemeralStorage(some, mounting)).toEqual({ request: '50Mi', limit: '256Mi' });
  });
});
