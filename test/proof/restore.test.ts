import { afterAll, beforeAll, test } from 'vitest';
import { until } from '../processes.ts';
import { proofNamespace } from './configuration.ts';
import { ProofStack } from './proof-stack.ts';
import { play } from './scenario.ts';

let stack: ProofStack;

beforeAll(async () => {
  stack = await ProofStack.bringUp();
});

afterAll(() => stack.close());

const document = 'heirloom';
let asked = 0;

/** Whether an answer cites the document. Each question is another one, since answers are stored. */
async function isCited(): Promise<boolean> {
  asked += 1;
  const { body } = await stack.request('POST', '/query', {
    question: `Where is the heirloom kept, asked time ${asked}?`,
  });
  const { citations = [] } = body as { citations?: { id: string }[] };
  return citations.some(({ id }) => id.split('#')[0] === document);
}

/** Makes a job of a schedule, with variables in place of its own, and waits for its end. */
async function runJob(schedule: string, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const name = `${schedule}-${Date.now()}`;
  const dryRun = await stack.inNamespace(
    'create',
    'job',
    name,
    `--from=cronjob/${schedule}`,
    '--dry-run=client',
    '--output=json',
  );
  const given = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`);
  const job =
    given.length === 0
      ? dryRun
      : await stack.kubectl.run(['set', 'env', '--local', '--filename=-', '--output=json', ...given], dryRun);
  await stack.kubectl.run(['create', '--namespace', proofNamespace, '--filename=-'], job);
  const path = `/apis/batch/v1/namespaces/${proofNamespace}/jobs/${name}`;
  let ended: string | undefined;
  await until(
    `the job ${name} ends`,
    async () => {
      const { body } = await stack.cluster.request('GET', path);
      const { conditions = [] } = (body as { status: { conditions?: { type: string; status: string }[] } }).status;
      ended = conditions.find(({ type, status }) => status === 'True' && /^(Complete|Failed)$/.test(type))?.type;
      return ended !== undefined;
    },
    300_000,
  );
  if (ended === 'Failed') throw new Error(`${name} failed: ${await stack.inNamespace('logs', `job/${name}`)}`);
}

test('documents of a lost volume come back from a snapshot', async () => {
  await play(stack, 'a-restore', 'The volume of Qdrant is lost', async (scenario) => {
    await stack.request('POST', '/v1/documents', { id: document, text: 'The heirloom is kept in the third drawer.' });
    scenario.measure('Before', 'cited', (await isCited()) ? 'cited' : 'not cited', await isCited());
    const taken = scenario.note('snapshot');
    await runJob('qdrant-snapshot');
    scenario.measureSeconds('A snapshot', taken, 120);
    scenario.note('the drill');
    await runJob('restore-drill');
    scenario.note('the volume is lost');
    await loseVolume();
    const isLost = !(await isCited());
    scenario.measure('After the loss', 'not cited', isLost ? 'not cited' : 'cited', isLost);
    const begin = scenario.note('restore');
    await runJob('qdrant-restore', { RESTORE_COLLECTION: 'all', RESTORE_SNAPSHOT: 'latest' });
    await until('the document is cited again', isCited, 60_000);
    scenario.measureSeconds('Cited again', begin, 120);
  });
});

/** Removes the volume of Qdrant's storage with all that is in it, and starts Qdrant with an empty one. */
async function loseVolume(): Promise<void> {
  await stack.inNamespace('scale', 'statefulset/qdrant', '--replicas=0');
  await stack.inNamespace('wait', 'pod/qdrant-0', '--for=delete', '--timeout=120s');
  const claims = await stack.inNamespace('get', 'persistentvolumeclaims', '--output=name');
  const lost = claims.split('\n').filter((claim) => /\/(?!.*backups).*qdrant-0$/.test(claim));
  if (lost.length === 0) throw new Error(`none of these is a volume of Qdrant: ${claims}`);
  await stack.inNamespace('delete', ...lost);
  await stack.inNamespace('scale', 'statefulset/qdrant', '--replicas=1');
  await stack.inNamespace('rollout', 'status', 'statefulset/qdrant', '--timeout=120s');
  await until('it is all well', () => stack.isAllWell(), 120_000);
}
