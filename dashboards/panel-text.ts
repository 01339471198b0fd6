import { PanelBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { fullWidth, type Panel } from './panel.ts';

/** Words in Markdown, as wide as the dashboard by default. */
export function text(title: string, content: string, width = fullWidth): Panel {
  return new PanelBuilder().title(title).mode(TextMode.Markdown).content(content).height(8).span(width);
}
