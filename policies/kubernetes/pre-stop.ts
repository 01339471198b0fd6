import type { Container } from './pod.ts';

/** Seconds in what `sleep` counts in. */
const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** How long a container sleeps before it is told to stop, in seconds; 0 for one that does something else, or nothing. */
export function preStopSeconds({ lifecycle }: Container): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  return (sleep?.seconds ?? 0) + sleepSeconds(exec?.command ?? []);
}

/** `["sleep", "10"]`, `["/bin/sh", "-c", "sleep 10 && nginx -s quit"]` */
function sleepSeconds([program = '', ...rest]: readonly string[]): number {
  const name = program.slice(program.lastIndexOf('/') + 1);
  const text = name === 'sleep' ? `sleep ${rest.join(' ')}` : rest.join(' ');
  const sleeps = [...text.matchAll(/(?<![\w-])sleep\s+(\d+(?:\.\d+)?)([smh]?)(?![\w.])/g)];
  return sleeps.reduce((sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0), 0);
}
