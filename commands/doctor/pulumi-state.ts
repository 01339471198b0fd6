import { root } from '../running.js';
import { ask } from './ask.ts';

/**
 * What is to be done before Pulumi can deploy a stack; `undefined` when its state backend has the stack. A backend may put an
 * organisation before the name.
 */
export async function stateProblem(stack: string): Promise<string | undefined> {
  let names: string[];
  try {
    const listed = await ask('pulumi', ['stack', 'ls', '--json', '--non-interactive', '--cwd', root]);
    names = (JSON.parse(listed) as { name: string }[]).map(({ name }) => name);
  } catch (error) {
    return `it cannot be checked: ${(error as Error).message}`;
  }
  const isMade = names.some((name) => name === stack || name.endsWith(`/${stack}`));
  return isMade ? undefined : `the state backend has no such stack: pulumi stack init ${stack}`;
}
