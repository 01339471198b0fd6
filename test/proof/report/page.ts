import type { ScenarioRecord } from '../scenario.ts';
import { escapeHtml } from './escape-html.ts';
import { timeline } from './timeline.ts';

/** What a report says before its scenarios. */
export interface Preface {
  /** When and on what it was made, and what in it is a stand-in. */
  readonly lines: readonly string[];
}

/** The report as one page that needs nothing else. */
export function page(records: readonly ScenarioRecord[], { lines }: Preface): string {
  const rows = records.flatMap((record) =>
    record.measures.map(({ what, target, measured, holds }) => [record.title, what, target, measured, holds] as const),
  );
  const kept = rows.filter(([, , , , holds]) => holds).length;
  const problems = records.filter(({ problem }) => problem !== undefined).length;
  const verdict =
    `${records.length} scenarios; ${kept} of ${rows.length} targets are met` +
    (problems === 0 ? '.' : `; ${problems} scenarios were not played to their end.`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><title>Ballast: proof on a node of Kubernetes</title>',
    `<style>${style}</style></head><body>`,
    '<h1>Proof on a node of Kubernetes</h1>',
    ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    `<p><strong>${verdict}</strong></p>`,
    '<table><thead><tr><th>Scenario</th><th>What</th><th>Target</th><th>Measured</th><th></th></tr></thead><tbody>',
    ...rows.map(
      ([title, what, target, measured, holds]) =>
        `<tr class="${holds ? 'met' : 'missed'}">${[title, what, target, measured, holds ? 'met' : 'MISSED']
          .map((cell) => `<td>${escapeHtml(cell)}</td>`)
          .join('')}</tr>`,
    ),
    '</tbody></table>',
    `<p class="legend">${legend}</p>`,
    ...records.map(section),
    '</body></html>\n',
  ].join('\n');
}

function section(record: ScenarioRecord): string {
  const notes = record.notes.map(({ at, what }) => {
    const seconds = ((at - record.began) / 1000).toFixed(1);
    return `<li>${escapeHtml(what)} <small>(${seconds} s)</small></li>`;
  });
  const problem = record.problem === undefined ? '' : `<p class="missed">${escapeHtml(record.problem)}</p>`;
  return `<section><h2>${escapeHtml(record.title)}</h2>${problem}${timeline(record)}<ol>${notes.join('')}</ol></section>`;
}

const legend =
  'Answers: green in full, amber a lesser one, orange refused with a time to come back, red failed. Copies of the API: ' +
  'blue serve, grey start or end. Breakers: red open, amber half open. Numbers are the notes below each picture.';

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; color: #1c2733; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top; }
tr.missed td, p.missed { color: #c92a2a; font-weight: 600; }
svg { width: 100%; height: auto; background: #f7f9fb; }
svg text { font: 11px system-ui, sans-serif; fill: #47566a; }
.note { stroke: #47566a; stroke-dasharray: 2 3; stroke-width: .7; }
polyline { fill: none; stroke-width: 1.3; } .median { stroke: #3b6ea5; } .p95 { stroke: #862e9c; }
.legend { color: #47566a; font-size: 14px; }
`;
