import { request } from 'undici';

/** One node of a profile: a place in the program, as it was called from the node that has it among its children. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Time between two looks at where a process is, in microseconds. */
const intervalUs = 250;

/** Not a part of the program. Garbage is nobody's in a profile. */
const notWork = new Set(['(idle)', '(garbage collector)']);

/**
 * Looks at where a process of Node spends its time while work is done.
 *
 * @param port on which its inspector listens.
 * @param isPart whether a script is of the part that is asked for; all that it calls is counted to it.
 * @returns share of that part in the processor time of the program, 0 to 1.
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/
 */
export async function shareOfTime(
  port: number,
  isPart: (url: string) => boolean,
  work: () => Promise<void>,
): Promise<number> {
  const { body } = await request(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await body.json()) as { webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error(`the inspector on port ${port} has nothing to look at`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`the inspector on port ${port} refused`)));
    });
    await call(socket, 'Profiler.enable');
    await call(socket, 'Profiler.setSamplingInterval', { interval: intervalUs });
    await call(socket, 'Profiler.start');
    await work();
    const { profile } = (await call(socket, 'Profiler.stop')) as { profile: Profile };
    return shareIn(profile, isPart);
  } finally {
    socket.close();
  }
}

/** Calls a method of the inspector; one at a time. */
async function call(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  socket.send(JSON.stringify({ id: 1, method, params }));
  return await new Promise((resolve, reject) => {
    socket.addEventListener('close', () => reject(new Error(`${method} had no answer`)), { once: true });
    socket.addEventListener(
      'message',
      ({ data }) => resolve((JSON.parse(data as string) as { result: unknown }).result),
      { once: true },
    );
  });
}

function shareIn({ nodes, samples, timeDeltas }: Profile, isPart: (url: string) => boolean): number {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const inPart = new Set<number>();
  const visit = (node: ProfileNode | undefined, within: boolean) => {
    if (node === undefined) return;
    const counts = within || isPart(node.callFrame.url);
    if (counts) inPart.add(node.id);
    for (const child of node.children ?? []) visit(byId.get(child), counts);
  };
  visit(nodes[0], false);
  let part = 0;
  let all = 0;
  samples.forEach((id, index) => {
    if (notWork.has(byId.get(id)?.callFrame.functionName ?? '')) return;
    const time = timeDeltas[index] ?? 0;
    all += time;
    if (inPart.has(id)) part += time;
  });
  return part / all;
}
