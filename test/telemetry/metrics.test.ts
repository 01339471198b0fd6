import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { freePort, run, start, statusOf, until } from '../processes.ts';
import type { RunningService } from '../running-service.ts';
import { startTracedService } from './traced-service.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

/** The service after one question in a trace that is sampled. */
async function startAsked(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const { service, ask } = await startTracedService(env);
  await ask({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  return service;
}

async function scrape({ url }: RunningService, accept: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { Accept: accept } });
  return response.text();
}

/** A file with a text; removed with the test. */
function fileOf(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-metrics-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the real Prometheus', () => {
  /** A Prometheus that scrapes one service every second; ends with the test. */
  async function startPrometheus(target: string): Promise<string> {
    const config = fileOf(
      'prometheus.yml',
      // JSON is YAML. The interval is the most that a scrape may take, too.
      JSON.stringify({
        scrape_configs: [{ job_name: 'api', scrape_interval: '1s', static_configs: [{ targets: [target] }] }],
      }),
    );
    const port = await freePort();
    const server = start(inject('prometheus'), [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dirname(config), 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ]);
    onTestFinished(() => void server.kill('SIGKILL'));
    for (const stream of [server.stdout, server.stderr]) stream?.resume();
    const url = `http://127.0.0.1:${port}`;
    await until('Prometheus is ready', async () => (await statusOf(`${url}/-/ready`)) === 200);
    return url;
  }

  async function ask<T>(url: string): Promise<T[]> {
    const response = await fetch(url);
    return ((await response.json()) as { data: T[] }).data;
  }

  test('asks for OpenMetrics, takes all of it, and keeps the exemplars', async () => {
    const service = await startAsked();
    const prometheus = await startPrometheus(new URL(service.url).host);

    interface Found {
      readonly seriesLabels: Readonly<Record<string, string>>;
      readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
    }
    const exemplarsOf = (metric: string) =>
      ask<Found>(`${prometheus}/api/v1/query_exemplars?query=${metric}_bucket&start=0&end=99999999999`);
    for (const metric of [
      'rag_query_duration_seconds',
      'rag_retrieval_duration_seconds',
      'llm_request_duration_seconds',
    ]) {
      await until(`${metric} has an exemplar`, async () => (await exemplarsOf(metric)).length > 0);
      const found = (await exemplarsOf(metric)).flatMap(({ exemplars }) => exemplars);
      expect(found).toEqual([
        expect.objectContaining({
          labels: { trace_id: traceId, span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
        }),
      ]);
    }

    interface Targets {
      readonly activeTargets: readonly { readonly lastError: string; readonly health: string }[];
    }
    await until('its only target is up', async () => {
      const { activeTargets } = (await ask(`${prometheus}/api/v1/targets`)) as unknown as Targets;
      expect(activeTargets).toHaveLength(1);
      return activeTargets[0]?.health === 'up' && activeTargets[0].lastError === '';
    });

    // By the names that dashboards and alerts use, in which the formats differ.
    const valueOf = async (query: string) => {
      const { result } = (await ask(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)) as unknown as {
        result: readonly { readonly value: readonly [number, string] }[];
      };
      return result[0]?.value[1];
    };
    for (const query of [
      'rag_queries_total{status="success"}',
      'rag_query_duration_seconds_bucket{le="60.0"}',
      'process_cpu_seconds_total > bool 0',
    ]) {
      await until(`${query} is 1`, async () => (await valueOf(query)) === '1');
    }
  });
});

// The reference parser, which is stricter than Prometheus itself; it is among the packages of the real LiteLLM.
const parser = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print("\\n".join(f"{family.name} {family.type}" for family in parse(open(sys.argv[1]).read())))
`;

/** The families in a text by the reference parser of OpenMetrics; what it complains about is in `stderr`. */
function parsed(text: string) {
  return run(join(dirname(inject('litellm')), 'python'), [fileOf('parse.py', parser), fileOf('metrics.txt', text)]);
}

describe('the strict parser of OpenMetrics', () => {
  test('takes every metric, with exemplars and with the questions of clients in labels', async () => {
    const service = await startAsked({ TOP_QUESTIONS_ENABLED: 'true' });
    const text = await scrape(service, 'application/openmetrics-text');
    expect(text).toContain(`# {trace_id="${traceId}"`);

    const { code, stdout, stderr } = await parsed(text);
    expect(code, stderr).toBe(0);
    const families = stdout.trim().split('\n');
    expect(families).toContain('rag_queries counter');
    expect(families).toContain('rag_top_questions gauge');
    expect(families).toHaveLength(text.split('\n').filter((line) => line.startsWith('# TYPE')).length);
  });

  test.each([
    ['without its end', '# TYPE a gauge\na 1\n'],
    ['with the name of a sample on its counter', '# TYPE a_total counter\na_total 1\n# EOF\n'],
    ['with an exemplar on a gauge', '# TYPE a gauge\na 1 # {trace_id="b"} 1\n# EOF\n'],
  ])('refuses a text %s', async (_, text) => {
    expect((await parsed(text)).code).toBe(1);
  });
});

test('promtool has nothing to remark on the text format', async () => {
  const service = await startAsked({ TOP_QUESTIONS_ENABLED: 'true' });
  const text = fileOf('metrics.txt', await scrape(service, '*/*'));
  const { code, stdout, stderr } = await run('sh', ['-c', '"$0" check metrics < "$1"', inject('promtool'), text]);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).toBe('');
});
