import { textsBelow } from '../fingerprint.ts';
import type { GoTool } from '../go-tool.ts';

/**
 * Jaeger with the components that the stack's configuration names: what it needs to speak to other stores than its own is
 * half of all that it is built from.
 */
export const jaeger: GoTool = {
  name: 'jaeger',
  folder: 'jaeger',
  module: 'github.com/jaegertracing/jaeger',
  command: 'cmd/jaeger',
  cost: 'about two minutes on two cores',
  variables: (version) => ({ 'github.com/jaegertracing/jaeger/internal/version.latestVersion': jaeger2(version) }),
  ownFiles: { 'github.com/jaegertracing/jaeger': textsBelow('jaeger/part') },
};

/**
 * v1.76.0 is 2.13.0, both of one commit: https://github.com/jaegertracing/jaeger/releases/tag/v1.76.0. Later ones are not
 * published as a module, whose path would have to end with `/v2`.
 */
export function jaeger2(version: string): string {
  return version.replace(/^v1\.(\d+)\./, (_, minor: string) => `v2.${Number(minor) - 63}.`);
}
