import { expect, test } from 'vitest';
import { Inventory } from '../kubernetes/inventory.ts';
import { probes } from './probes.ts';

/** What a preview does with a field that it does not know yet. */
const unknown = (): string => {
  throw new Error('not known in a preview');
};

const container = { name: 'web', ports: [{ containerPort: 8080 }] };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    get namespace() {
      return unknown();
    },
  },
  spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } } },
};

test('containers are judged in a preview that does not know the name of the namespace', () => {
  const program = new Inventory([{ object: deployment, source: '' }], 'dev');
  expect(probes.checkProgram(program, {}).map(({ message }) => message)).toEqual([
    'container "web" has no liveness probe',
    'container "web" has no readiness probe',
  ]);
});
