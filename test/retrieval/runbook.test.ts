import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { draftGroups } from '../../alerts/index.ts';
import { root } from '../processes.ts';
import { pageOf, useDocumentation } from './documentation.ts';

const { ask } = useDocumentation();
const citedPages = async (question: string) => (await ask(question)).citations.map(pageOf);

const alerts = [
  ...new Set(draftGroups().flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? rule.alert : [])))),
];

test.each(alerts)('the page of %s is cited when somebody asks what to do', async (alert) => {
  const page = `docs/runbook/${alert}.md`;
  expect(existsSync(join(root, page))).toBe(true);
  expect(await citedPages(`What do I do when ${alert} fires?`)).toContain(page);
});

test('the page is cited also when the name is not quite right', async () => {
  expect(await citedPages('what do I do when ModelUnhealthy fires?')).toContain('docs/runbook/LLMModelUnhealthy.md');
});
