import type { Inventory } from './inventory.ts';
import type { Container } from './pod.ts';

/**
 * The text that a variable of a container has, as far as the program's ConfigMaps and the container itself say it. What comes from
 * a Secret is not looked at.
 *
 * Source: https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/ (a variable of `env` is
 * stronger than one of `envFrom`, and of those the last).
 */
export function variableOf(
  { env, envFrom }: Container,
  name: string,
  program: Inventory,
  namespace: string,
): string | undefined {
  const configMap = (wanted: string | undefined) => program.named('', 'ConfigMap', namespace, wanted)?.data;
  const own = (env ?? []).findLast((variable) => variable.name === name);
  if (own !== undefined) {
    const { name: from, key = '' } = own.valueFrom?.configMapKeyRef ?? {};
    return own.value ?? configMap(from)?.[key];
  }
  const given = (envFrom ?? []).map(({ prefix = '', configMapRef }) =>
    name.startsWith(prefix) ? configMap(configMapRef?.name)?.[name.slice(prefix.length)] : undefined,
  );
  return given.findLast((value) => value !== undefined);
}
