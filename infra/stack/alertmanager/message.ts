/** Title of a chat message: how many alerts of which name fire, or that they are over. */
export const messageTitle =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}: {{ .Alerts.Firing | len }}{{ end }}] ' +
  '{{ .CommonLabels.severity }} {{ .CommonLabels.alertname }}';

/**
 * Text of a chat message. Of each alert of the group: whether it is over, what is wrong, the page that tells what to do, and the
 * dashboard to look at.
 */
export const messageText =
  '{{ range .Alerts }}{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ .Annotations.summary }}\n' +
  '{{ .Annotations.description }}\n' +
  '{{ with .Annotations.runbook_url }}Runbook: {{ . }}\n{{ end }}' +
  '{{ with .Annotations.dashboard_url }}Dashboard: {{ . }}\n{{ end }}\n{{ end }}';
