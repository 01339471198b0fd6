import { containersOf, type Pod } from './pod.ts';
import { textOf } from './text.ts';

/** The parts of an image's reference. */
export interface ImageReference {
  /** `registry.example.com:5000/shop/web` */
  readonly name: string;
  /** Not there where the reference has none, or an empty one: Kubernetes then takes `latest`. */
  readonly tag?: string;
  /** `sha256:...`, whether it is well formed or not. With one, Kubernetes does not look at the tag. */
  readonly digest?: string;
}

/**
 * Reads `name:tag@digest`. A colon before the last slash belongs to the registry's port.
 *
 * Source: https://kubernetes.io/docs/concepts/containers/images/#image-names
 */
export function readImage(reference: string): ImageReference {
  const [tagged = '', digest = ''] = reference.split('@', 2);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const tag = colon === -1 ? '' : tagged.slice(colon + 1);
  return {
    name: colon === -1 ? tagged : tagged.slice(0, colon),
    ...(tag !== '' && { tag }),
    ...(digest !== '' && { digest }),
  };
}

/** An image that a pod needs, with what it is for in messages: `container "web"` and `runs`. */
export interface UsedImage {
  readonly title: string;
  readonly verb: 'runs' | 'mounts';
  /** Empty where none is named. */
  readonly reference: string;
}

/** Every image of a pod: of its containers, and of its volumes that are one; none where there is no pod. */
export function imagesOf(pod: Pod | undefined): UsedImage[] {
  return [
    ...containersOf(pod).map(({ container, title }) => ({
      title,
      verb: 'runs' as const,
      reference: textOf(container.image),
    })),
    ...(pod?.spec.volumes ?? []).flatMap(({ name, image }) =>
      image ? [{ title: `volume "${name}"`, verb: 'mounts' as const, reference: textOf(image.reference) }] : [],
    ),
  ];
}
