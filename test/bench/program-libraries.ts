// What the program needs of others, and nothing of ours: the baseline of program-time.ts.
import '@grafana/grafana-foundation-sdk/common';
import '@grafana/grafana-foundation-sdk/dashboard';
import '@grafana/grafana-foundation-sdk/prometheus';
import '@grafana/grafana-foundation-sdk/timeseries';
import '@pulumi/docker';
import '@pulumi/kubernetes';
import '@pulumi/pulumi';
import '@pulumi/random';
import 'fastest-levenshtein';
import 'yaml';
import 'zod';
