import { describe, expect, it, vi } from 'vitest';
import { renderStack } from './render/render.ts';
import { imageReference, images, type ImageName } from './images.ts';

const { digestOf, unknown } = vi.hoisted(() => ({
  digestOf: (reference: string) => `sha256:${Buffer.from(reference).toString('hex').padEnd(64, '0').slice(-64)}`,
  unknown: 'grafana' as const,
}));

// The lock as npm run images fills it, but for one image whose registry was out of reach.
vi.mock('./images.lock.json', async () => {
  const { images } = await vi.importActual<typeof import('./images.ts')>('./images.ts');
  const { [unknown]: _, ...known } = images;
  return { default: Object.fromEntries(Object.values(known).map((reference) => [reference, digestOf(reference)])) };
});
