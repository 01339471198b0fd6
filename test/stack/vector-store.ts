import { container, workload } from './workload.ts';

/** Three copies of Qdrant, whose metrics are read with a key, and a port without metrics. */
export const vectorStore = workload('qdrant', {
  runs: { as: 'stateful', replicas: 3 },
  containers: [
    container({
      ports: [
        { name: 'http', number: 6333, metrics: { bearer: { secret: 'qdrant-keys', key: 'read-only-api-key' } } },
        { name: 'grpc', number: 6334 },
      ],
    }),
  ],
});
