import { BigValueColorMode, BigValueGraphMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  MappingType,
  SpecialValueMatch,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { DashboardName } from '../alerts/dashboard-links.ts';
import { boardPath } from './links.ts';
import { datasource, targets, thresholds, type Panel, type PanelDraft } from './panel.ts';

/** One number of now as its author writes it. Its colour follows the limits. */
export interface StatDraft extends PanelDraft {
  readonly query: string;
  /** Lines of the dashboard. @default 4 */
  readonly height?: number;
  /** Words in the place of whole numbers, from 0 on. */
  readonly words?: readonly string[];
  /** The dashboard that a click leads to: where to look next. */
  readonly next?: DashboardName;
}

/**
 * One number, a sixth of the dashboard wide by default. It is asked for now, not for the last time there was one: what has
 * stopped shows no number, and a share of nothing shows a dash.
 */
export function stat({
  title,
  description,
  unit,
  query,
  limits,
  words = [],
  next,
  width = 4,
  height = 4,
}: StatDraft): Panel {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .noValue('no data')
    .mappings([nothing, ...(words.length === 0 ? [] : [wordsFrom0(words)])])
    .colorMode(limits === undefined ? BigValueColorMode.None : BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .height(height)
    .span(width)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']))
    .targets(targets({ [title]: query }, (target) => target.instant()));
  if (limits !== undefined) panel.thresholds(thresholds(limits));
  if (next !== undefined) {
    panel.links([new DashboardLinkBuilder(`See ${next}`).type(DashboardLinkType.Link).url(boardPath(next))]);
  }
  return panel;
}

const nothing: ValueMapping = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text: '–', color: 'text' } },
};

const wordsFrom0 = (words: readonly string[]): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(words.map((text, value) => [String(value), { text }])),
});
