import type { TestProject } from 'vitest/node';
import { actionlint } from '../tools/actionlint.ts';
import { alertmanager, amtool } from '../tools/alertmanager.ts';
import { checkov } from '../tools/checkov.ts';
import { kubeScore } from '../tools/kube-score.ts';
import { litellm } from '../tools/litellm.ts';
import { prometheus } from '../tools/prometheus.ts';
import { promtool } from '../tools/promtool.ts';
import { pythonWithQdrantEdge } from '../tools/qdrant-edge.ts';
import { redisServer } from '../tools/redis-server.ts';
import { zizmor } from '../tools/zizmor.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of actionlint. */
    actionlint: string;
    /** Path of Alertmanager. */
    alertmanager: string;
    /** Path of amtool. */
    amtool: string;
    /** Path of Checkov. */
    checkov: string;
    /** Path of kube-score. */
    kubeScore: string;
    /** Path of LiteLLM's proxy. */
    litellm: string;
    /** Path of the Prometheus server. */
    prometheus: string;
    /** Path of a promtool 3. */
    promtool: string;
    /** Path of a Python that has Qdrant's engine. */
    pythonWithQdrantEdge: string;
    /** Path of redis-server. */
    redisServer: string;
    /** Path of zizmor. */
    zizmor: string;
  }
}

/**
 * Gets the native tools that system tests run, before the first of them: on a new machine those that are built, which takes
 * processors, beside those that are installed, which waits for downloads.
 */
export async function setup(project: TestProject): Promise<void> {
  await Promise.all([provideBuilt(project), provideInstalled(project)]);
}

async function provideBuilt(project: TestProject): Promise<void> {
  project.provide('actionlint', await actionlint());
  project.provide('alertmanager', await alertmanager());
  project.provide('amtool', await amtool());
  project.provide('kubeScore', await kubeScore());
  project.provide('promtool', await promtool());
  project.provide('prometheus', await prometheus());
}

async function provideInstalled(project: TestProject): Promise<void> {
  project.provide('checkov', await checkov());
  project.provide('litellm', await litellm());
  project.provide('pythonWithQdrantEdge', await pythonWithQdrantEdge());
  project.provide('redisServer', await redisServer());
  project.provide('zizmor', await zizmor());
}
