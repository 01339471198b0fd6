import { customResourceDefinitions } from '../../tools/crds.ts';
import { until } from '../processes.ts';
import type { ApiServer } from './api-server.ts';

/**
 * Installs the published CustomResourceDefinitions of tools/crds.ts, and waits until the API server serves all their
 * kinds.
 *
 * @throws when the API server refuses one, with its reason.
 */
export async function installCustomResourceDefinitions(server: ApiServer): Promise<void> {
  const definitions = await customResourceDefinitions();
  const answers = await Promise.all(definitions.map((definition) => server.apply(definition)));
  const refusals = answers.map(({ refusal }) => refusal).filter((refusal) => refusal !== undefined);
  if (refusals.length > 0) throw new Error(`the API server refuses definitions: ${refusals.join('; ')}`);
  for (const { spec } of definitions) {
    for (const { name } of spec.versions.filter(({ served }) => served)) {
      const apiVersion = `${spec.group}/${name}`;
      // Discovery lists a kind when it is established, which is when its objects are accepted.
      await until(`${spec.names.kind} is served`, () => server.serves(apiVersion, spec.names.kind), 60_000);
    }
  }
}
