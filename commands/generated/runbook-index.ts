import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { draftGroups } from '../../alerts/index.ts';
import type { AlertDraft } from '../../alerts/rule.ts';
import { root } from '../running.js';

/** The runbook's list of all alerts, by name. */
export function runbookIndexPage(): string {
  const drafts = draftGroups()
    .flatMap((group) => group.rules)
    .filter((draft) => 'alert' in draft);
  const rows = [...Map.groupBy(drafts, ({ alert }) => alert)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([alert, rules]) => `| [${alert}](${alert}.md) | ${severities(rules)} | ${meaning(alert)} |`);
  return `${introduction(rows.length)}

| Alert | Severity | What it tells |
| --- | --- | --- |
${rows.join('\n')}
`;
}

const introduction = (count: number) => `# All alerts

<!-- Made by \`npm run generate\` from the rules in alerts/ and the first sentence of each page. -->

The ${count} alerts of the stack by name, each with its page. A stack has those of the parts that it has. What to do at first
is in [Quick reference](quick-reference.md).`;

const severities = (rules: readonly AlertDraft[]) =>
  [...new Set(rules.map(({ severity }) => severity))].sort().join(', ');

/** The first sentence of the alert's page. */
function meaning(alert: string): string {
  const page = readFileSync(join(root, 'docs', 'runbook', `${alert}.md`), 'utf8');
  const paragraph = page.split('\n\n')[1] ?? '';
  return /^.*?[.](?=\s|$)/s.exec(paragraph)?.[0].replaceAll('\n', ' ') ?? paragraph;
}
