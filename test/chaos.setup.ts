import type { TestProject } from 'vitest/node';
import { pythonWithQdrantEdge } from '../tools/qdrant-edge.ts';
import { redisServer } from '../tools/redis-server.ts';

/** Gets the native tools that the chaos tests run, before the first of them. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('pythonWithQdrantEdge', await pythonWithQdrantEdge());
  project.provide('redisServer', await redisServer());
}
