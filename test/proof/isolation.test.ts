import { afterAll, beforeAll, test } from 'vitest';
import { busybox, strangerOptions } from '../node/stranger.ts';
import { until } from '../processes.ts';
import { isReady, type Pod } from './pod.ts';
import { ProofStack } from './proof-stack.ts';
import { play, type Scenario } from './scenario.ts';

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

/** A port of a part that something may connect to. */
interface Target {
  /** `redis:6379`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

const targetsOf = ({ metadata, spec, status }: Pod): Target[] =>
  spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ protocol }) => protocol !== 'UDP')
    .map(({ containerPort: port }) => ({
      name: `${metadata.labels['app.kubernetes.io/name']}:${port}`,
      host: status.podIP ?? '',
      port,
    }));

/** Names of the targets that a pod with Node.js can connect to; in alphabetical order. */
async function reachedFrom(pod: string, targets: readonly Target[]): Promise<string> {
  const script = `
    const { connect } = require('node:net');
    const reaches = ({ name, host, port }) => new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 2000 });
      socket.on('connect', () => resolve(name)).on('error', () => resolve()).on('timeout', () => resolve());
    });
    Promise.all(${JSON.stringify(targets)}.map(reaches)).then((names) => {
      console.log([...new Set(names.filter(Boolean))].sort().join(', ') || 'none');
      process.exit();
    });`;
  return stack.inNamespace('exec', pod, '--', 'node', '--eval', script);
}

test('nothing connects where no edge is', async () => {
  await play(stack, '1c-edges', 'Connections with and without an edge', async (scenario) => {
    const serving = (await stack.pods()).filter(isReady);
    const targets = serving.flatMap(targetsOf);
    const api = serving.find(({ metadata }) => metadata.labels['app.kubernetes.io/name'] === 'api');
    if (api === undefined) throw new Error('no copy of the API is ready');
    const measure = (who: string, wanted: string, reached: string) => {
      scenario.measure(`${who} reaches, of ${targets.length} ports`, wanted, reached, reached === wanted);
    };
    // A pod reaches itself.
    const ofOthers = targets.filter(({ name }) => !name.startsWith('api:'));
    const edges = 'litellm:8001, otel-collector:4318, qdrant:6333, redis:6379, tei:8080';
    scenario.note('the API connects');
    measure('The API', edges, await reachedFrom('deployment/api', ofOthers));
    const waiting = ['node', '--eval', 'setInterval(() => {}, 1000)'];
    await stack.inNamespace('run', 'stranger', ...strangerOptions(api.spec.containers[0].image, waiting));
    try {
      await stack.inNamespace('wait', '--for=condition=Ready', 'pod/stranger', '--timeout=60s');
      scenario.note('a pod connects that no edge is for');
      measure('A pod of nobody', 'none', await reachedFrom('stranger', targets));
    } finally {
      await stack.inNamespace('delete', 'pod', 'stranger', '--grace-period=0', '--force');
    }
  });
});

test('no pod is privileged', async () => {
  await play(stack, '1d-pod-security', 'Pods that Pod Security refuses', async (scenario) => {
    const asks: Readonly<Record<string, object>> = {
      'is privileged': { containers: [{ name: 'it', image: busybox, securityContext: { privileged: true } }] },
      'is on the network of the node': { hostNetwork: true, containers: [{ name: 'it', image: busybox }] },
      'may be root': { containers: [{ name: 'it', image: busybox }] },
    };
    for (const [what, spec] of Object.entries(asks)) await measureRefusal(scenario, what, spec);
  });
});

async function measureRefusal(scenario: Scenario, what: string, spec: object): Promise<void> {
  const options = [`--image=${busybox}`, `--overrides=${JSON.stringify({ spec })}`];
  const refusal = await stack.inNamespace('run', 'it', ...options).then(() => 'taken', String);
  const isRefused = refusal.includes('violates PodSecurity "restricted:latest"');
  scenario.measure(`A pod that ${what}`, 'refused', isRefused ? 'refused' : refusal, isRefused);
}

test('Prometheus reads every part', async () => {
  await play(stack, '1e-targets', 'What Prometheus reads', async (scenario) => {
    const begin = Date.now();
    let targets: readonly { readonly labels: { readonly job: string }; readonly health: string }[] = [];
    const unread = () => targets.filter(({ health }) => health !== 'up').map(({ labels }) => labels.job);
    await until(
      'all targets are read',
      async () => {
        ({ activeTargets: targets } = await stack.prometheus<{ activeTargets: typeof targets }>('targets'));
        return targets.length > 0 && unread().length === 0;
      },
      90_000,
    ).catch(() => undefined);
    scenario.measureSeconds('All targets are read', begin, 90);
    scenario.measure('Not read', 'none', unread().join(', ') || 'none', unread().length === 0);
    const parts = new Set((await stack.pods()).map(({ metadata }) => metadata.labels['app.kubernetes.io/name']));
    const jobs = new Set(targets.map(({ labels }) => labels.job));
    const without = [...parts].filter((part) => part !== undefined && !jobs.has(part)).join(', ') || 'none';
    // MLflow has no metrics.
    scenario.measure(`Parts without a target, of ${parts.size}`, 'mlflow', without, without === 'mlflow');
  });
});
