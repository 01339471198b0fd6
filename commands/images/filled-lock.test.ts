import { expect, it, vi } from 'vitest';
import { images } from '../../infra/images.ts';
import { renderStack } from '../../infra/render/render.ts';
import { root } from '../running.js';

/** A digest of its own for each reference, as a registry has. */
const { digestOf } = vi.hoisted(() => ({
  digestOf: (reference: string) => `sha256:${Buffer.from(reference).toString('hex').padStart(64, '0').slice(-64)}`,
}));

// The lock as `npm run images` fills it where Grafana's image is out of reach.
vi.mock('../../infra/images.lock.json', () => ({
  default: new Proxy(
    {},
    { get: (_, reference: string) => (reference === images.grafana ? undefined : digestOf(reference)) },
  ),
}));

it('a filled lock pins every image of a rendered stack, the one that it does not have excepted', async () => {
  const manifests = JSON.stringify(await renderStack(root, 'dev'));
  const rendered = [...new Set([...manifests.matchAll(/"image":"([^"]+)"/g)].map(([, image = '']) => image))];
  const ofTheTable = Object.values(images).flatMap((reference) =>
    rendered
      .filter((image) => image.startsWith(reference))
      .map((image) => [image, reference === images.grafana ? reference : `${reference}@${digestOf(reference)}`]),
  );
  for (const [image, expected] of ofTheTable) expect(image).toBe(expected);
  expect(ofTheTable.length).toBeGreaterThan(5);
  expect(rendered).toContain(images.grafana);
});
