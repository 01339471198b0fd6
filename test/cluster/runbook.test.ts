import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { fileName } from '../../infra/render/manifest.ts';
import { renderConfiguration } from '../../infra/render/render.ts';
import { run, until } from '../processes.ts';
import { KubeletStandIn } from '../pulumi/kubelet-standin.ts';
import { commandsOf, fences, type Command } from '../runbook/fences.ts';
import { configurationVariants } from '../stack/variants.ts';
import { installCustomResourceDefinitions } from './api-server-crds.ts';
import { ApiServer } from './api-server.ts';

/** The namespace that the runbook's examples use. */
const namespace = 'ballast';

/** What needs a container that runs, or a node to empty: its target must exist, and so must the container and the port. */
const needsNode = /^kubectl (?:--namespace \S+ )?(logs|exec|port-forward|cp|top|drain|debug)\b/;

/** A job of this test never ends, since nothing runs its pod. */
const needsEnd = /\bwait\b.*--for condition=complete/;

let server: ApiServer;
let kubelet: KubeletStandIn;
/** Holds kubectl under its name, for commands with pipes. */
let programs: string;

/** Runs a command as a shell does. */
const shell = (command: string) =>
  run('sh', ['-c', command], {
    env: { KUBECONFIG: server.kubeconfig, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });

/** Parts of each kind that are restarted. */
const parts = 'deployment/api statefulset/redis statefulset/tei';

/** Whether controllers have made a revision of each part as it is now. */
async function areSeen(): Promise<boolean> {
  const path = `'jsonpath={range .items[*]}{.metadata.generation} {.status.observedGeneration},{end}'`;
  const { stdout } = await shell(`kubectl --namespace ${namespace} get ${parts} --output ${path}`);
  return /^(?:(\d+) \1,){3}$/.test(stdout);
}

async function names(kind: string, selector = ''): Promise<string[]> {
  const { stdout } = await shell(`kubectl --namespace ${namespace} get ${kind} ${selector} --output name`);
  return stdout.split('\n').flatMap((line) => line.split('/')[1] ?? []);
}

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'ballast-runbook-'));
  symlinkSync(inject('kubectl'), join(programs, 'kubectl'));
  server = await ApiServer.start({ workloads: true });
  kubelet = await KubeletStandIn.start(server);
  await installCustomResourceDefinitions(server);
  const configuration = { ...configurationVariants()['prod'], 'ballast:namespace': namespace };
  const manifests = await renderConfiguration(configuration, 'prod');
  for (const manifest of manifests.sort((a, b) => (fileName(a) < fileName(b) ? -1 : 1))) {
    const { refusal } = await server.apply(manifest);
    expect({ file: fileName(manifest), refusal }).toEqual({ file: fileName(manifest), refusal: undefined });
  }
  await until(
    'pods run',
    async () => (await names('pods', '--selector app.kubernetes.io/name=api')).length > 0,
    60_000,
  );
  // A second revision, so that there is one to go back to, and a job by hand.
  await until('controllers have seen the parts', areSeen, 60_000);
  expect(await shell(`kubectl --namespace ${namespace} rollout restart ${parts}`)).toMatchObject({ code: 0 });
  await until('controllers have seen the restart', areSeen, 60_000);
  await shell(`kubectl --namespace ${namespace} create job by-hand --from cronjob/qdrant-snapshot`);
}, 300_000);
afterAll(async () => {
  await kubelet.stop();
  await server.stop();
  rmSync(programs, { recursive: true });
});

/** Puts things that exist in the place of the words in capitals. */
async function filled(command: string): Promise<string> {
  const [node = ''] = await names('nodes');
  const pods = await names('pods');
  const values: Record<string, string> = {
    POD: pods.find((name) => name.startsWith('api-')) ?? pods[0] ?? '',
    JOB: 'by-hand',
    NODE: node,
    CLAIM: (await names('persistentvolumeclaims'))[0] ?? '',
    PART: 'api',
    COPIES: '1',
  };
  return (
    command
      .replaceAll('statefulset/PART', 'statefulset/redis')
      // Here a pod ends at once, and kubectl then may wait for the end of the next one, which has the same name.
      .replaceAll(' delete pod ', ' delete --wait=false pod ')
      // The commands after it need the only node.
      .replaceAll(' delete node ', ' delete --dry-run=server node ')
      .replaceAll(/\b(POD|JOB|NODE|CLAIM|PART|COPIES)\b/g, (word) => values[word] ?? word)
  );
}

/** A command on a part of whichever kind, as somebody types it for a Deployment and for a StatefulSet. */
function ofEachKind({ page, command }: Command): Command[] {
  const kinds = command.includes('KIND') ? ['deployment', 'statefulset'] : [''];
  return kinds.map((kind) => ({ page, command: command.replaceAll('KIND', kind) }));
}

/** The command that asks for what a command is about, where that itself cannot be run. */
function targetOf(command: string): string {
  const words = command.split(' | ')[0]?.split(' ').slice(1) ?? [];
  const flags = new Set([
    '--namespace',
    '--container',
    '-c',
    '--tail',
    '--since',
    '--selector',
    '--timeout',
    '--for',
    '-n',
  ]);
  const plain = words.filter((word, index) => !word.startsWith('-') && !flags.has(words[index - 1] ?? ''));
  const selector = /--selector (\S+)/.exec(command)?.[1];
  const [verb = '', ...rest] = plain;
  if (verb === 'drain') return `kubectl get node ${rest[0] ?? ''}`;
  const from = `kubectl --namespace ${namespace} get`;
  if (verb === 'top') return `${from} ${rest[0]?.replace(/^pod$/, 'pods') ?? 'pods'}`;
  if (selector !== undefined) return `${from} pods --selector ${selector}`;
  const target = rest.find((word) => word !== 'pod' && word !== 'pods') ?? '';
  return target.includes('/') ? `${from} ${target}` : `${from} pod ${target}`;
}

/** What the target must have: the port that is forwarded, the container that is named. By its place in the target. */
function partsOf(command: string): readonly (readonly [place: string, name: string])[] {
  const port = /\bport-forward \S+ (?:\d*:)?(\d+)/.exec(command)?.[1];
  const container = / (?:--container|-c)[ =](\S+)/.exec(command)?.[1];
  const all = [
    ['{.spec.ports[*].port}', port],
    ['{..containers[*].name} {..initContainers[*].name}', container],
  ] as const;
  return all.flatMap(([place, name]) => (name === undefined ? [] : [[place, name] as const]));
}

describe('the commands of the runbook', () => {
  // What is about pods comes before what scales them to none.
  const all = commandsOf('kubectl')
    .flatMap(ofEachKind)
    .sort((a, b) => Number(needsNode.test(b.command)) - Number(needsNode.test(a.command)));

  test.each(all)('$command ($page)', async ({ command }) => {
    const whole = await filled(command);
    expect(whole, 'a word in capitals that this test does not know').not.toMatch(/(?<![\w-])[A-Z]{3,}(?![\w-])(?!=)/);
    const indirect = needsNode.test(whole) || needsEnd.test(whole);
    const { code, stdout, stderr } = await shell(indirect ? targetOf(whole) : whole);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    if (!needsNode.test(whole)) return;
    expect(stdout.trim(), 'what the command is about').not.toBe('');
    for (const [place, name] of partsOf(whole)) {
      const found = await shell(`${targetOf(whole)} --output 'jsonpath=${place}'`);
      expect(found.stdout.split(' ')).toContain(name);
    }
  });

  const ofJobs = fences().filter(({ lines }) => lines.some((line) => line.includes(' create job ')));
  test.each(ofJobs)('that make a job make it also on the next day ($page)', async ({ lines }) => {
    for (const command of lines.filter((line) => !needsEnd.test(line))) {
      expect(await shell(command), command).toMatchObject({ code: 0 });
    }
  });
});
