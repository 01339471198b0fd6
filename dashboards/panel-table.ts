import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { fullWidth, datasource, targets, thresholds, type Panel, type PanelDraft } from './panel.ts';

/** A table as its author writes it: a line for each series of now, a column for each label. */
export interface TableDraft extends PanelDraft {
  readonly query: string;
  /** Heading of the column with the values. */
  readonly value: string;
  /** Address that a label's text leads to; it may name the line's labels: `${__data.fields.alertname}`. */
  readonly link?: { readonly label: string; readonly title: string; readonly url: string } | undefined;
}

/** A table, half of the dashboard wide by default, with the highest values first. */
export function table({
  title,
  description,
  unit,
  query,
  value,
  link,
  limits,
  width = fullWidth / 2,
}: TableDraft): Panel {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .noValue('none')
    .height(8)
    .span(width)
    .sortBy([new TableSortByFieldStateBuilder().displayName(value).desc(true)])
    .withTransformation({ id: 'organize', options: { excludeByName: { Time: true }, renameByName: { Value: value } } })
    .targets(targets({ [title]: query }, (target) => target.instant().format(PromQueryFormat.Table)));
  if (limits !== undefined) panel.thresholds(thresholds(limits));
  if (link !== undefined) {
    const builder = new DashboardLinkBuilder(link.title).type(DashboardLinkType.Link).url(link.url).targetBlank(true);
    panel.overrideByName(link.label, [{ id: 'links', value: [builder.build()] }]);
  }
  return panel;
}
