import { z } from 'zod';
import { madeSecrets, type MadeSecret } from '../kubernetes/made-secrets.ts';
import { secretReferences, type SecretReference } from '../kubernetes/secret-references.ts';
import type { ProgramRule } from '../rule.ts';

const parameters = z.strictObject({
  /** Names of Secrets that somebody else makes, in whatever namespace. */
  existing: z.array(z.string()).default([]),
});

export const secretPresent: ProgramRule<typeof parameters> = {
  name: 'secret-present',
  demand:
    'Every Secret that a pod needs to start is made by the program, with the keys that it needs; those in `imagePullSecrets` are not judged.',
  reason: 'A pod does not start without its Secrets, and nobody sees that before it is tried.',
  standard: {
    name: 'Kubernetes: Secrets',
    url: 'https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist',
  },
  fix: 'Add the Secret, or what makes it (ExternalSecret, Certificate, SealedSecret, SecretProviderClass); name one that the cluster has already in the parameter `existing`.',
  level: 'mandatory',
  severity: 'high',
  parameters,
  checkProgram(program, { existing }) {
    return program.workloads.flatMap((workload) => {
      const made = madeSecrets(program, workload.namespace);
      const messages = secretReferences(workload.pod)
        .filter(({ name, optional }) => !optional && !existing.includes(name))
        .flatMap((reference) => missing(reference, made));
      return [...new Set(messages)].map((message) => ({ at: workload, message }));
    });
  },
};

function missing({ by, name, key }: SecretReference, made: readonly MadeSecret[]): readonly string[] {
  const found = made.filter((secret) => secret.name === name);
  if (found.length === 0) return [`${by} needs the Secret ${name}, which the program does not make`];
  if (key === undefined) return [];
  const keys = found.map((secret) => secret.keys());
  if (keys.some((each) => each === undefined || each.includes(key))) return [];
  const there = keys.flatMap((each) => each ?? []).sort();
  return [`${by} needs the key ${key} of the Secret ${name}, which has ${there.join(', ') || 'none'}`];
}
