import { graph } from './panel-graph.ts';
import type { Panel } from './panel.ts';
import { dashboardPromql } from './promql.ts';

const { select, rate } = dashboardPromql;
const window = '$__rate_interval';
const service = { job: ['api', 'api-canary'] } as const;

/** How each copy of the service fares, by what its process says. */
export const serviceCopies = (): Panel[] => [
  graph({
    title: 'Processors',
    description:
      'Processors that each copy uses, of its own time and of the system for it. JavaScript of one copy takes one at most.',
    unit: 'none',
    stacked: true,
    queries: {
      '{{instance}} own': `sum by (instance) (${rate('process_cpu_user_seconds_total', window, service)})`,
      '{{instance}} system': `sum by (instance) (${rate('process_cpu_system_seconds_total', window, service)})`,
    },
  }),
  graph({
    title: 'Event loop',
    description:
      'How long a ready task waits in each copy: one in two, and one in a hundred waits longer, for which 100 ms is too ' +
      'long; and the longest wait since the last scrape, for which 500 ms is.',
    unit: 's',
    queries: {
      '{{instance}} p50': `max by (instance) (${select('nodejs_eventloop_lag_p50_seconds', service)})`,
      '{{instance}} p99': `max by (instance) (${select('nodejs_eventloop_lag_p99_seconds', service)})`,
      '{{instance}} longest': `max by (instance) (${select('nodejs_eventloop_lag_max_seconds', service)})`,
    },
    limits: { bad: 'above', warning: 0.1, critical: 0.5 },
  }),
  graph({
    title: 'Memory',
    description: 'Memory that each copy has from the system, and what of it holds objects of JavaScript.',
    unit: 'bytes',
    queries: {
      '{{instance}} resident': `sum by (instance) (${select('process_resident_memory_bytes', service)})`,
      '{{instance}} heap in use': `sum by (instance) (${select('nodejs_heap_size_used_bytes', service)})`,
      '{{instance}} heap': `sum by (instance) (${select('nodejs_heap_size_total_bytes', service)})`,
      '{{instance}} outside of the heap': `sum by (instance) (${select('nodejs_external_memory_bytes', service)})`,
    },
  }),
  graph({
    title: 'Garbage collection',
    description: 'Share of its time that each copy cleans up memory, by kind. Above 10 % it is short of memory.',
    unit: 'percentunit',
    queries: {
      '{{instance}} {{kind}}': `sum by (instance, kind) (${rate('nodejs_gc_duration_seconds_sum', window, service)})`,
    },
    limits: { bad: 'above', warning: 0.1 },
  }),
  graph({
    title: 'Open files',
    description: 'Share of the files and connections that each copy may have open.',
    unit: 'percentunit',
    queries: {
      '{{instance}}':
        `max by (instance) (${select('process_open_fds', service)})` +
        ` / max by (instance) (${select('process_max_fds', service)})`,
    },
    limits: { bad: 'above', warning: 0.8 },
  }),
  graph({
    title: 'Age',
    description: 'Time since each copy started. A saw is a crash loop.',
    unit: 's',
    queries: { '{{instance}}': `time() - max by (instance) (${select('process_start_time_seconds', service)})` },
  }),
];
