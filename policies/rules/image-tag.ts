import { imagesOf, readImage } from '../kubernetes/image.ts';
import { podOf } from '../kubernetes/pod.ts';
import type { ObjectRule } from '../rule.ts';

export const imageTag: ObjectRule = {
  name: 'image-tag',
  demand: 'Every image has a tag of its version, or a digest.',
  reason: 'Nobody can say what runs under `latest` or go back to it, and two nodes may run different images under it.',
  standard: {
    name: 'Kubernetes: images, image pull policy',
    url: 'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy',
  },
  fix: 'Name the version that was tested: `image: registry.example.com/web:1.4.2`.',
  level: 'mandatory',
  severity: 'high',
  checkObject(object) {
    return imagesOf(podOf(object)).flatMap(({ title, verb, reference }) => {
      const { name, tag, digest } = readImage(reference);
      if (name === '') return [`${title} names no image`];
      if (digest !== undefined) return [];
      if (tag === undefined) return [`${title} ${verb} the image ${reference}, which has no tag`];
      return tag === 'latest' ? [`${title} ${verb} the image ${reference}, whose tag is latest`] : [];
    });
  },
};
