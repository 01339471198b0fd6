import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { dashboardUids } from '../alerts/dashboard-links.ts';
import { draftGroups } from '../alerts/index.ts';
import { metrics, type MetricName } from '../service/contract/metrics.ts';
import { slos } from '../service/contract/slos.ts';
import { dashboards } from './index.ts';

const all = [...dashboards()];
/** What is written to the files: without methods. */
const files = new Map(all.map(([name, board]) => [name, JSON.parse(JSON.stringify(board)) as typeof board]));
const everything = (name: string) => (files.get(name)?.panels ?? []) as Panel[];
/** Those with data. */
const panelsOf = (name: string) => everything(name).filter(({ type }) => type !== 'row' && type !== 'text');
const panelOf = (name: string, title: string) => panelsOf(name).find((panel) => panel.title === title);

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly refId: string;
  readonly exemplar?: boolean;
  readonly instant?: boolean;
}
const targetsOf = ({ targets = [] }: Panel) => targets as unknown as Target[];

describe('the dashboards', () => {
  it('are those that alerts lead to, by the same ids', () => {
    const ids = Object.fromEntries(all.map(([name, { uid }]) => [name.replace('.json', ''), uid]));
    expect(ids).toEqual(dashboardUids);
  });

  it('have a title each', () => {
    const titles = all.map(([, { title }]) => title);
    expect(titles).not.toContain(undefined);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('have at least 60 panels together', () => {
    expect([...files.keys()].flatMap(panelsOf).length).toBeGreaterThanOrEqual(60);
  });

  it('are the same at each call', () => {
    expect(JSON.stringify([...dashboards()])).toBe(JSON.stringify(all));
  });

  it('have names that a ConfigMap takes', () => {
    for (const name of files.keys()) expect(name).toMatch(/^[a-z0-9-]+\.json$/);
  });
});

describe('the overview', () => {
  it('has what one looks at first, at least 19 panels of it', () => {
    const titles = panelsOf('overview.json').map(({ title }) => title);
    expect(titles.length).toBeGreaterThanOrEqual(19);
    expect(titles).toEqual(
      expect.arrayContaining([
        ...[
          'Questions',
          'Errors',
          'Latency',
          'Answers from the cache',
          'Sessions',
          'Top questions',
          'Circuit breakers',
        ],
        ...['Downshifts', 'Tokens', 'Cost', 'Shed', 'Degradation', 'Queue', 'Saturation', 'Firing alerts'],
      ]),
    );
  });

  it('says in its first line whether users are served: one number each, in colours', () => {
    const [row, ...rest] = everything('overview.json');
    expect(row).toMatchObject({ type: 'row', title: 'Are users served?' });
    const first = rest.filter(({ gridPos }) => gridPos?.y === 1);
    expect(first).toHaveLength(6);
    for (const { type, options } of first) {
      expect(type).toBe('stat');
      expect(options).toMatchObject({ colorMode: 'background' });
    }
  });

  it('leads from each of its numbers to the dashboard that knows more', () => {
    for (const { type, title, links } of panelsOf('overview.json')) {
      if (type !== 'stat') continue;
      const [, uid] = /^d\/([a-z-]+)\?/.exec(links?.[0]?.url ?? '') ?? [];
      expect(Object.values(dashboardUids), title).toContain(uid);
    }
  });

  it('has lines at what is promised', () => {
    const steps = (title: string) => panelOf('overview.json', title)?.fieldConfig?.defaults.thresholds?.steps;
    expect(steps('Latency')).toEqual([
      { value: null, color: 'green' },
      { value: 2, color: 'red' },
    ]);
    expect(steps('First token')).toContainEqual({ value: 1, color: 'red' });
    expect(steps('Retrieval')).toContainEqual({ value: 0.2, color: 'red' });
    expect(steps('Errors')).toContainEqual({ value: 0.001, color: 'yellow' });
    expect(steps('Answered')).toEqual([
      { value: null, color: 'red' },
      { value: 0.9856, color: 'yellow' },
      { value: 0.999, color: 'green' },
    ]);
  });
});

it('every dashboard shows all stacks at first, or the one that is named', () => {
  const shown = (namespace?: string) =>
    [...dashboards({ namespace }).values()].map(({ templating }) => templating.list?.at(-1)?.current?.value);
  for (const value of shown()) expect(value).toEqual(['$__all']);
  for (const value of shown('ballast-prod')) expect(value).toEqual(['ballast-prod']);
});

it('the volume of Prometheus is measured as its alert measures it', () => {
  const [target] = panelOf('monitoring.json', 'Volume of Prometheus')?.targets ?? [];
  const { expr } = target as unknown as Target;
  const alert = draftGroups()
    .flatMap(({ rules }) => rules)
    .find((rule) => 'alert' in rule && rule.alert === 'PrometheusStorageNearLimit');
  const measured = expr.replaceAll('{namespace=~"$namespace"}', '').replace('max by (instance) ', 'max');
  expect(alert?.expr).toBe(`${measured} > 0.95`);
});

it('the dashboard of the objectives has four panels for each of them', () => {
  for (const { title } of Object.values(slos)) {
    const ofIt = panelsOf('slo.json').filter((panel) => panel.title?.startsWith(`${title}: `));
    expect(ofIt).toHaveLength(4);
    expect(ofIt.flatMap(({ fieldConfig }) => fieldConfig?.defaults.thresholds ?? [])).not.toEqual([]);
  }
});

describe('links', () => {
  const repositoryUrl = 'https://git.example.com/ballast/blob/main/';
  const boardsWith = (options?: { repositoryUrl: string }) => [...dashboards(options).values()];

  it('lead from each dashboard to the others, with the same time and stack', () => {
    for (const { links } of boardsWith()) {
      expect(links).toEqual([
        expect.objectContaining({ type: 'dashboards', tags: ['ballast'], includeVars: true, keepTime: true }),
      ]);
    }
  });

  it('are in sight, not in a menu', () => {
    for (const { links, annotations } of boardsWith({ repositoryUrl })) {
      for (const each of [...(links ?? []), ...(annotations.list ?? [])]) expect(each).not.toHaveProperty('placement');
    }
  });

  it('lead to the runbook and the handbook where the repository is on the web', () => {
    for (const { links } of boardsWith({ repositoryUrl })) {
      expect(links?.slice(1).map(({ url }) => url)).toEqual([
        'https://git.example.com/ballast/blob/main/docs/runbook',
        'https://git.example.com/ballast/blob/main/docs/handbook',
      ]);
    }
  });

  it('lead from each firing alert to its page', () => {
    const text = JSON.stringify(dashboards({ repositoryUrl }).get('monitoring.json'));
    expect(text).toContain('https://git.example.com/ballast/blob/main/docs/runbook/${__data.fields.alertname}.md');
    expect(JSON.stringify(all)).not.toContain('docs/runbook');
  });
});

describe.each([...files.keys()])('%s', (name) => {
  const panels = panelsOf(name);

  it('asks the Prometheus that is chosen at the top', () => {
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const panel of panels) {
      expect(panel.datasource).toEqual(chosen);
      for (const target of targetsOf(panel)) expect(target).toMatchObject({ datasource: chosen });
    }
  });

  it('marks when copies of the service started', () => {
    expect(files.get(name)?.annotations.list).toEqual([
      expect.objectContaining({
        enable: true,
        useValueForTime: true,
        expr: expect.stringMatching(/^max by \(job\) \(process_start_time_seconds\{.*\}\) \* 1000$/) as string,
      }),
    ]);
  });

  it('has titles that are no two in one section', () => {
    const sections = everything(name).reduce<string[][]>(
      (lists, { type, title = '' }) =>
        type === 'row' ? [...lists, []] : lists.with(-1, [...(lists.at(-1) ?? []), title]),
      [],
    );
    expect(sections.length).toBeGreaterThan(1);
    for (const titles of sections) expect(new Set(titles).size).toBe(titles.length);
  });

  it('has panels with an id each, so that links to them last', () => {
    expect(everything(name).map(({ id }) => id)).toEqual(everything(name).map((_, index) => index + 1));
  });

  it('has panels side by side without a gap, none over another', () => {
    const cells = everything(name).flatMap(({ gridPos }) => {
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
      expect(w * h).toBeGreaterThan(0);
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length % 24).toBe(0);
  });

  it('has queries with a legend each', () => {
    for (const panel of panels) {
      for (const { legendFormat } of targetsOf(panel)) expect(legendFormat).toMatch(/\S/);
      const letters = targetsOf(panel).map(({ refId }) => refId);
      expect(new Set(letters).size).toBe(letters.length);
    }
  });

  it('asks for exemplars where the buckets keep them, and nowhere else', () => {
    for (const panel of panels.filter(({ type }) => type === 'timeseries')) {
      const queries = targetsOf(panel);
      const histograms = queries.flatMap(({ expr }) =>
        [...expr.matchAll(/(\w+)_bucket/g)].map(([, metric = '']) => metric),
      );
      const kept = histograms.some((metric) => {
        const declared = metric in metrics ? metrics[metric as MetricName] : undefined;
        return declared?.type === 'histogram' && declared.exemplars;
      });
      expect(
        queries.some(({ exemplar }) => exemplar === true),
        panel.title,
      ).toBe(kept);
    }
  });

  it('has tables and numbers of now, not of the last time there were any', () => {
    for (const panel of panels.filter(({ type }) => type !== 'timeseries')) {
      for (const { instant } of targetsOf(panel)) expect(instant, panel.title).toBe(true);
    }
  });
});
