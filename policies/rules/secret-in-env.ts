import { z } from 'zod';
import { containersOf, podOf } from '../kubernetes/pod.ts';
import { textOf } from '../kubernetes/text.ts';
import type { ObjectRule } from '../rule.ts';
import { secretsIn } from '../secrets/find.ts';

const parameters = z.strictObject({
  /** Names whose values only look secret, of variables and within their values: `OAUTH_TOKEN_FLAVOUR`. */
  allowed: z.array(z.string().min(1)).default([]),
});

export const secretInEnv: ObjectRule<typeof parameters> = {
  name: 'secret-in-env',
  demand: 'No variable of a container has a secret as its literal value, by its name or by how the value looks.',
  reason:
    'Everybody who may read the program, the workload or its history can read it, and it changes only with a deployment.',
  standard: {
    name: 'Kubernetes: Secrets',
    url: 'https://kubernetes.io/docs/concepts/configuration/secret/',
  },
  fix: 'Put the value into a Secret and name that: `valueFrom: {secretKeyRef: {name: database, key: password}}`.',
  level: 'mandatory',
  severity: 'critical',
  parameters,
  checkObject(object, { allowed }) {
    return containersOf(podOf(object)).flatMap(({ container, title }) =>
      (container.env ?? []).flatMap(({ name, value }) =>
        secretsIn(textOf(name), textOf(value), allowed, 'variable').map(
          (what) => `${title} has ${what} as its variable ${name}`,
        ),
      ),
    );
  },
};
