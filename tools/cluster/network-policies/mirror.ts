import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServerClient } from '../api-server-client.ts';

/** What an object is told apart by. */
interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/**
 * The objects of a list of the API server as they are, and again at each change, without end. A watch ends after a while
 * by itself, and when the API server does: it begins anew a second later, and until then what was known stays. Why one
 * ended is printed.
 *
 * @param path Of the list: `/api/v1/pods`.
 */
export async function* mirrored<T extends Named>(client: ApiServerClient, path: string): AsyncGenerator<readonly T[]> {
  for (;;) {
    try {
      const { objects, changes } = await client.watch<T>(path);
      const known = new Map(objects.map((object) => [idOf(object), object]));
      yield [...known.values()];
      for await (const { type, object } of changes) {
        if (type === 'DELETED') known.delete(idOf(object));
        else known.set(idOf(object), object);
        yield [...known.values()];
      }
    } catch (error) {
      console.error(`${path} is not heard of at the moment: ${String(error)}`);
    }
    await sleep(1_000);
  }
}

const idOf = ({ metadata: { namespace = '', name } }: Named) => `${namespace}/${name}`;
