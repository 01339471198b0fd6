import { z } from 'zod';
import { isKind } from '../kubernetes/object.ts';
import { textOf } from '../kubernetes/text.ts';
import type { ObjectRule } from '../rule.ts';
import { secretsIn } from '../secrets/find.ts';

const parameters = z.strictObject({
  /** Names whose values only look secret, of keys and within their texts: `token_flavour`. */
  allowed: z.array(z.string().min(1)).default([]),
});

export const secretInConfigMap: ObjectRule<typeof parameters> = {
  name: 'secret-in-config-map',
  demand:
    'No ConfigMap has a secret: neither under a name that calls it so, also in texts of YAML, JSON, XML and `name = value`, nor anywhere ' +
    'one that is known by how it looks.',
  reason: 'A ConfigMap is neither secret nor encrypted: whoever may look at the configuration sees it.',
  standard: {
    name: 'Kubernetes: ConfigMaps',
    url: 'https://kubernetes.io/docs/concepts/configuration/configmap/',
  },
  fix: 'Put the value into a Secret, and a reference to its variable or file into the configuration.',
  level: 'mandatory',
  severity: 'critical',
  parameters,
  checkObject(object, { allowed }) {
    if (!isKind(object, '', 'ConfigMap')) return [];
    const decoded = Object.entries(object.binaryData ?? {}).map(([key, value]): [string, string] => [
      key,
      Buffer.from(textOf(value), 'base64').toString(),
    ]);
    return [...Object.entries<unknown>(object.data ?? {}), ...decoded].flatMap(([key, value]) =>
      secretsIn(key, textOf(value), allowed).map((what) => `its key ${key} is ${what}`),
    );
  },
};
