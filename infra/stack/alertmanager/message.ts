/** Title of a chat message: how many alerts of which name fire, or that they are over. */
export const messageTitle =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}: {{ .Alerts.Firing | len }}{{ end }}] ' +
  '{{ .CommonLabels.severity }} {{ .CommonLabels.alertname }}';

/** Text of a chat message: what is wrong, and the page that tells what to do. */
export const messageText =
  '{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n' +
  'Runbook: {{ .Annotations.runbook_url }}\n\n{{ end }}';
