import type { GoTool } from '../go-tool.ts';

/**
 * The OpenTelemetry Collector, put together from the components that the stack's configuration names: its users build
 * theirs so. The image that the stack runs has all that there are, of which some are not published as modules, such as what
 * `tail_sampling` needs.
 */
export const otelCollector: GoTool = {
  name: 'otel-collector',
  folder: 'otel-collector',
  module: 'go.opentelemetry.io/collector/otelcol',
  command: './collector',
  cost: 'about two minutes on two cores',
  variables: (version) => ({ 'main.version': version.slice(1) }),
};
