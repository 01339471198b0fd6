import type { ScenarioRecord } from '../scenario.ts';
import type { Outcome } from '../traffic.ts';
import { binsOf, type Bin } from './bins.ts';
import { escapeHtml } from './escape-html.ts';
import { stretchesOf, type Stretch } from './stretches.ts';

const left = 130;
const width = 760;
const laneHeight = 70;
const rowHeight = 16;
const mostBins = 380;

const colours: Readonly<Record<Outcome, string>> = {
  answered: '#2f9e62',
  degraded: '#e0a526',
  refused: '#d97706',
  failed: '#c92a2a',
};

/** One strip of the picture: its height, and what is drawn in it from its top. */
interface Lane {
  readonly label: string;
  readonly height: number;
  readonly draw: (top: number) => string;
}

/**
 * A scenario as a picture: answers by their outcome, their time, copies, breakers and alerts, one below the other, with a line
 * for each note.
 *
 * @returns an `svg` element.
 */
export function timeline(record: ScenarioRecord): string {
  const { began, ended, sent, notes } = record;
  const seconds = Math.max(1, Math.ceil((ended - began) / 1000));
  const binMs = Math.ceil(seconds / mostBins) * 1000;
  const count = Math.max(1, Math.ceil((ended - began) / binMs));
  const x = (at: number) => left + (width * (at - began)) / (ended - began);
  const bins = binsOf(sent, began, binMs, count);
  const lanes = [
    ...(sent.length > 0 ? [answersLane(bins, binMs), timesLane(bins)] : []),
    copiesLane(record, x),
    ...breakerLanes(record, x),
    ...alertLanes(record, x),
  ];
  let top = 18;
  const drawn = lanes.map(({ label, height, draw }) => {
    const strip = text(left - 8, top + height / 2 + 4, label, 'end') + draw(top);
    top += height + 8;
    return strip;
  });
  const marks = notes.map(
    ({ at }, index) =>
      `<line x1="${fixed(x(at))}" x2="${fixed(x(at))}" y1="12" y2="${top}" class="note"/>` +
      text(x(at), 10, String(index + 1), 'middle'),
  );
  const axis = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text(left + width * share, top + 14, `${Math.round(seconds * share)} s`, 'middle'),
  );
  const size = `viewBox="0 0 ${left + width + 20} ${top + 20}"`;
  return `<svg ${size} role="img" aria-label="${escapeHtml(record.title)}">${[...drawn, ...marks, ...axis].join('')}</svg>`;
}

function answersLane(bins: readonly Bin[], binMs: number): Lane {
  const totals = bins.map(({ counts }) => Object.values(counts).reduce((sum, each) => sum + each, 0));
  const most = Math.max(1, ...totals);
  const step = width / bins.length;
  const draw = (top: number) =>
    bins
      .map(({ counts }, index) => {
        let base = top + laneHeight;
        return (Object.keys(colours) as Outcome[])
          .filter((outcome) => counts[outcome] > 0)
          .map((outcome) => {
            const height = (laneHeight * counts[outcome]) / most;
            base -= height;
            return box(left + index * step, base, step, height, colours[outcome]);
          })
          .join('');
      })
      .join('') + text(left + width, top + 10, `${Math.round((most * 1000) / binMs)}/s`, 'end');
  return { label: 'answers', height: laneHeight, draw };
}

function timesLane(bins: readonly Bin[]): Lane {
  const most = Math.max(1, ...bins.map(({ p95 = 0 }) => p95));
  const step = width / bins.length;
  const line = (top: number, of: (bin: Bin) => number | undefined, name: string) => {
    const points = bins.flatMap((bin, index) => {
      const time = of(bin);
      if (time === undefined) return [];
      return [`${fixed(left + (index + 0.5) * step)},${fixed(top + laneHeight * (1 - time / most))}`];
    });
    return `<polyline points="${points.join(' ')}" class="${name}"/>`;
  };
  const draw = (top: number) =>
    line(top, ({ median }) => median, 'median') +
    line(top, ({ p95 }) => p95, 'p95') +
    text(left + width, top + 10, `${Math.round(most)} ms`, 'end');
  return { label: 'p50 and p95', height: laneHeight, draw };
}

function copiesLane({ samples, ended }: ScenarioRecord, x: (at: number) => number): Lane {
  const most = Math.max(1, ...samples.map(({ copies }) => copies));
  const height = 40;
  const steps = (top: number, of: (sample: (typeof samples)[number]) => number, colour: string) =>
    samples
      .map((sample, index) => {
        const to = samples[index + 1]?.at ?? ended;
        const high = (height * of(sample)) / most;
        return box(x(sample.at), top + height - high, x(to) - x(sample.at), high, colour);
      })
      .join('');
  const draw = (top: number) =>
    steps(top, ({ copies }) => copies, '#c9d3e0') +
    steps(top, ({ ready }) => ready, '#3b6ea5') +
    text(left + width, top + 10, String(most), 'end');
  return { label: 'copies, ready', height, draw };
}

function breakerLanes({ samples, ended }: ScenarioRecord, x: (at: number) => number): Lane[] {
  const names = new Set(
    samples.flatMap(({ breakers }) => Object.keys(breakers).filter((name) => breakers[name] !== 0)),
  );
  const state = (name: string, wanted: number) =>
    stretchesOf(samples, ended, ({ breakers }) => breakers[name] === wanted);
  return [...names].sort().map((name) => ({
    label: `breaker ${name}`,
    height: rowHeight,
    draw: (top) => row(state(name, 1), x, top, '#c92a2a') + row(state(name, 2), x, top, '#e0a526'),
  }));
}

/** The watchdog always fires: that is what it is for. */
function alertLanes({ samples, ended }: ScenarioRecord, x: (at: number) => number): Lane[] {
  const names = new Set(samples.flatMap(({ alerts }) => alerts.filter((name) => name !== 'Watchdog')));
  return [...names].sort().map((name) => ({
    label: name.length > 20 ? `${name.slice(0, 19)}…` : name,
    height: rowHeight,
    draw: (top) =>
      row(
        stretchesOf(samples, ended, ({ alerts }) => alerts.includes(name)),
        x,
        top,
        '#862e9c',
      ),
  }));
}

function row(stretches: readonly Stretch[], x: (at: number) => number, top: number, colour: string): string {
  return stretches.map(({ from, to }) => box(x(from), top, Math.max(1, x(to) - x(from)), rowHeight, colour)).join('');
}

const fixed = (value: number) => value.toFixed(1);

const box = (x: number, y: number, wide: number, high: number, colour: string) =>
  `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(wide)}" height="${fixed(high)}" fill="${colour}"/>`;

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end') =>
  `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escapeHtml(words)}</text>`;
