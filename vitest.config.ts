import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many files wait for processes and for time, so there is one more than cores.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        // Beside the code: quick, nothing installed beyond npm's packages.
        test: {
          name: 'unit',
          // None changes anything of its process; a process for each file takes a quarter more of the processor.
          pool: 'threads',
          include: ['{service,commands,infra,policies,alerts,dashboards,tools}/**/*.test.ts'],
          setupFiles: ['test/property.setup.ts'],
          // Some take two seconds, and several times that on a busy machine.
          testTimeout: 20_000,
        },
      },
      {
        // Across folders: real processes, real tools.
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{chaos-full,cluster,docker,node,pulumi}/**', 'test/proof/*.test.ts'],
          globalSetup: ['test/tools.setup.ts'],
          // Under the 65 s after which the service closes an idle connection: a test that waits for that has failed.
          testTimeout: 60_000,
          // What starts before a test may be slow: LiteLLM takes 40 s on a busy machine.
          hookTimeout: 180_000,
        },
      },
      {
        // What keeps every core busy and judges what a service does then, one file at a time: npm run test:chaos.
        test: {
          name: 'chaos',
          include: ['test/chaos-full/**/*.test.ts'],
          globalSetup: ['test/chaos.setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Against a real API server of Kubernetes: npm run test:cluster.
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/cluster.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        // On a node of Kubernetes of their own, one file at a time, after the others: npm run test:cluster.
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          env: { BALLAST_CLUSTER: 'test' },
          globalSetup: ['test/node.setup.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          // The node and a stack come up in two minutes, and in several times that on a busy machine.
          hookTimeout: 900_000,
        },
      },
      {
        // What the stack prod survives on such a node, one scenario after the other: npm run test:cluster.
        test: {
          name: 'proof',
          include: ['test/proof/*.test.ts'],
          env: { BALLAST_CLUSTER: 'test' },
          globalSetup: ['test/node.setup.ts', 'test/proof.setup.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        // With a Docker daemon of its own: npm run test:docker.
        test: {
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          globalSetup: ['test/docker.setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        // With a Pulumi CLI and a real API server: npm run test:pulumi.
        test: {
          name: 'pulumi',
          include: ['test/pulumi/**/*.test.ts'],
          globalSetup: ['test/pulumi.setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
