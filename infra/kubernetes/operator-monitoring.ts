import type { IPrometheusRuleSpec } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRuleSpec';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ruleFile } from '../../alerts/index.ts';
import type { RuleGroup } from '../../alerts/rule.ts';
import type { Receivers } from '../stack/alertmanager/receivers.ts';
import { stackLabels, type Labels } from './labels.ts';
import { alertmanagerConfigSpec } from './operator-routes.ts';

/** What an existing Prometheus operator is given. */
export interface OperatorMonitoringArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** `ruleGroups` of alerts/ for this namespace, since the operator's Prometheus watches others too. */
  readonly ruleGroups: readonly RuleGroup[];
  readonly receivers: Receivers;
  /** Labels that the operator's Prometheus and Alertmanager select by. */
  readonly labels: Labels;
}

/** The rules and routes of the stack as objects of the Prometheus operator; monitors are made with each workload. */
export class OperatorMonitoring extends pulumi.ComponentResource {
  constructor(args: OperatorMonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super('ballast:kubernetes:OperatorMonitoring', 'operator-monitoring', {}, options);
    const labels = { ...stackLabels(args.stack), ...args.labels };
    const rules: IPrometheusRuleSpec = ruleFile(args.ruleGroups);
    const metadata = { name: 'ballast', namespace: args.namespace, labels };
    new kubernetes.apiextensions.CustomResource(
      'ballast-rules',
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: rules },
      { parent: this },
    );
    const routes = alertmanagerConfigSpec(args.receivers);
    if (routes) {
      new kubernetes.apiextensions.CustomResource(
        'ballast-routes',
        { apiVersion: 'monitoring.coreos.com/v1alpha1', kind: 'AlertmanagerConfig', metadata, spec: routes },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
