import { ask } from '../../commands/doctor/ask.ts';
import { Failure } from '../../commands/failure.ts';
import { onPath } from '../../commands/on-path.ts';
import { call } from './call.ts';

/** The first kind whose node is of the Kubernetes that {@link nodeImage} has. Since 0.24 its network enforces network policies. */
const oldest = { major: 0, minor: 31 };

/** A node of Kubernetes 1.35: the one that kind 0.31 makes by default, as its source names it. */
export const nodeImage = 'kindest/node:v1.35.0@sha256:452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f';

/** Longest time for the daemon of Docker to say that it is there, in milliseconds. */
const daemonAnswersWithinMs = 5_000;

/** Why there is no kind to be used on this machine, as a sentence; `undefined` where there is one. */
export async function whyNoKind(): Promise<string | undefined> {
  const absent = ['kind', 'docker'].filter((program) => onPath(program) === undefined);
  if (absent.length > 0) return `there is no ${absent.join(' and no ')} on the PATH`;
  try {
    await ask('docker', ['version', '--format', '{{.Server.Version}}'], daemonAnswersWithinMs);
    return undefined;
  } catch (error) {
    return `no daemon of Docker is to be used: ${(error as Error).message}`;
  }
}

/** @throws {Failure} when there is no kubectl, or when kind is too old for its node. */
export async function requireFittingPrograms(): Promise<void> {
  if (onPath('kubectl') === undefined) {
    throw new Failure(
      'There is no kubectl on the PATH, which the kind cluster needs: https://kubernetes.io/docs/tasks/tools/',
    );
  }
  const said = await call('kind', 'version');
  const [, major, minor] = (/^kind v(\d+)\.(\d+)\./.exec(said) ?? []).map(Number);
  if (major === undefined || minor === undefined) throw new Failure(`kind version does not name a release: ${said}`);
  if (major > oldest.major || minor >= oldest.minor) return;
  throw new Failure(`The kind cluster needs kind ${oldest.major}.${oldest.minor} or newer, and this is ${said}.`);
}
