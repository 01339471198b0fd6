import { imagesOf, readImage } from '../kubernetes/image.ts';
import { podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

/** Source: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#registered-algorithms */
const wellFormed = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const imageDigest: ObjectRule = {
  name: 'image-digest',
  demand: 'Every image is pinned by its digest.',
  reason: 'A tag can be moved to other content; a digest is the content.',
  standard: {
    name: 'Kubernetes: images, image pull policy',
    url: 'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy',
  },
  fix: 'Add the digest that the registry gives for the tag: `image: registry.example.com/web:1.4.2@sha256:...`.',
  level: 'advisory',
  severity: 'medium',
  checkObject(object) {
    return imagesOf(podOf(object)).flatMap(({ title, verb, reference }) => {
      const { name, digest } = readImage(reference);
      // Without a name there is nothing to pin; that is image-tag's to say.
      if (name === '') return [];
      if (digest === undefined) return [`${title} ${verb} the image ${reference}, which has no digest`];
      return wellFormed.test(digest)
        ? []
        : [`${title} ${verb} the image ${reference}, whose digest is not well formed`];
    });
  },
};
