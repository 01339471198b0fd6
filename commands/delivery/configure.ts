import { ask } from '../doctor/ask.ts';
import { Failure } from '../failure.ts';
import type { Delivered } from './update.ts';

/**
 * Sets what delivery sets, and nothing else, in `Pulumi.<stack>.yaml` of a project.
 *
 * @param folder Of the project.
 * @throws {Failure} with Pulumi's complaint.
 */
export async function configure(folder: string, stack: string, { digest, canary }: Delivered): Promise<void> {
  const values = {
    'ballast:api.image.digest': digest,
    'ballast:api.canary.digest': canary?.digest,
    'ballast:api.canary.weight': canary?.weight,
  };
  const where = ['--stack', stack, '--non-interactive', '--cwd', folder];
  const set = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : ['--plaintext', `${key}=${value}`],
  );
  const gone = [
    ...(digest === undefined ? ['ballast:api.image.digest'] : []),
    ...(canary === undefined ? ['ballast:api.canary'] : []),
  ];
  try {
    if (set.length > 0) await ask('pulumi', ['config', 'set-all', '--path', ...set, ...where]);
    if (gone.length > 0) await ask('pulumi', ['config', 'rm-all', '--path', ...gone, ...where]);
  } catch (error) {
    throw new Failure(`Pulumi.${stack}.yaml cannot be changed: ${(error as Error).message}`);
  }
}
