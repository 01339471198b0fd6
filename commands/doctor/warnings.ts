import type { StackConfig } from '../../infra/config.ts';
import { silentModels } from '../../infra/missing-credentials.ts';

/**
 * What a configuration leaves out that the stack runs without, though not as it is meant to, and what to do about each.
 *
 * @param give How a credential is given to a stack.
 */
export function* configurationWarnings(
  config: StackConfig,
  stack: string,
  give: (name: string, stack: string) => string,
): Generator<readonly [name: string, remedy: string]> {
  for (const [name, models] of silentModels(config)) {
    yield [`credential ${name}`, `without it ${models.join(', ')} answer nothing: ${give(name, stack)}`];
  }
  if (config.environment !== 'production') return;
  if (config.context === undefined) {
    const remedy = `name it: pulumi config set ballast:context CONTEXT --stack ${stack}`;
    yield ['context', `the current one of whoever deploys decides on the cluster; ${remedy}`];
  }
  const unpaged = howToBePaged(config);
  if (unpaged !== undefined) yield ['critical alerts', `nobody is paged: ${unpaged}`];
  if (hasUnwatchedMonitoring(config)) {
    const remedy = 'set ballast:alertmanager.receivers.watchdog to the webhook of a heartbeat service';
    yield ["dead man's switch", `nobody learns that the monitoring itself is away: ${remedy}`];
  }
}

/** An operator has a dead man's switch of its own. */
function hasUnwatchedMonitoring({ prometheus, alertmanager }: StackConfig): boolean {
  return prometheus.use === 'bundled' && alertmanager.use === 'bundled' && alertmanager.receivers.watchdog.length === 0;
}

/** An existing Alertmanager has receivers of its own, and so has an operator's where the stack is told to give it none. */
function howToBePaged({ prometheus, alertmanager }: StackConfig): string | undefined {
  if (alertmanager.use === 'off' && prometheus.use === 'bundled') {
    return 'set ballast:alertmanager.use to bundled, with receivers, or to external';
  }
  const toldNobody = alertmanager.use === 'bundled' && alertmanager.receivers.critical.length === 0;
  return toldNobody ? 'set ballast:alertmanager.receivers.critical' : undefined;
}
