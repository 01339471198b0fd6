import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { ruleGroups } from '../../alerts/index.ts';
import { alertmanagerConfiguration } from '../../infra/stack/alertmanager/configuration.ts';
import { RunningAlertmanager, writeConfiguration } from '../alerts/running-alertmanager.ts';
import { RunningPrometheus } from '../alerts/running-prometheus.ts';
import { run } from '../processes.ts';
import { RunningService } from '../running-service.ts';
import { startLlmStandin } from '../standins/llm.ts';
import { commandsOf } from './fences.ts';

const commands = [...commandsOf('curl'), ...commandsOf('amtool')];

test('the commands of the runbook that ask over HTTP are answered', { timeout: 120_000 }, async () => {
  expect(commands.length).toBeGreaterThan(5);
  const llm = await startLlmStandin();
  onTestFinished(llm.close);
  const service = await RunningService.start({ LLM_BASE_URL: llm.url });
  const alertmanager = await RunningAlertmanager.start(
    writeConfiguration(alertmanagerConfiguration({ critical: [], warning: [], watchdog: [] }), {}),
  );
  const prometheus = await RunningPrometheus.start({
    jobs: { api: [service.url.replace('http://', '')] },
    ruleGroups: ruleGroups(new Set(['api'])),
    alertmanager: alertmanager.url.replace('http://', ''),
  });

  const programs = mkdtempSync(join(tmpdir(), 'ballast-runbook-'));
  onTestFinished(() => rmSync(programs, { recursive: true }));
  symlinkSync(inject('amtool'), join(programs, 'amtool'));
  const addresses = {
    'http://127.0.0.1:8000': service.url,
    'http://127.0.0.1:9090': prometheus.url,
    'http://127.0.0.1:9093': alertmanager.url,
  };
  const env = { TOKEN: service.token, PATH: `${programs}:${process.env['PATH'] ?? ''}`, HOME: programs };
  for (const { page, command } of commands) {
    const here = Object.entries(addresses)
      .reduce((text, [there, url]) => text.replaceAll(there, url), command)
      .replaceAll(/\bMODEL\b/g, 'mistral')
      // A refusal is a failure of the command.
      .replace(/^curl -s/, 'curl -sS --fail-with-body');
    expect(here, 'asks what this test has started').not.toMatch(/127\.0\.0\.1:(8000|9090|9093)\b/);
    const { code, stdout, stderr } = await run('sh', ['-c', here], { env });
    expect({ page, command, code, said: code === 0 ? '' : stdout + stderr }).toEqual({
      page,
      command,
      code: 0,
      said: '',
    });
  }
});
