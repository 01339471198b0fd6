import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';

/** Every kind of object that the stack makes for a part, by the name that a transform has. */
const kinds = {
  clusterRole: k8s.rbac.v1.ClusterRole,
  clusterRoleBinding: k8s.rbac.v1.ClusterRoleBinding,
  configMap: k8s.core.v1.ConfigMap,
  cronJob: k8s.batch.v1.CronJob,
  deployment: k8s.apps.v1.Deployment,
  horizontalPodAutoscaler: k8s.autoscaling.v2.HorizontalPodAutoscaler,
  ingress: k8s.networking.v1.Ingress,
  networkPolicy: k8s.networking.v1.NetworkPolicy,
  persistentVolumeClaim: k8s.core.v1.PersistentVolumeClaim,
  podDisruptionBudget: k8s.policy.v1.PodDisruptionBudget,
  role: k8s.rbac.v1.Role,
  roleBinding: k8s.rbac.v1.RoleBinding,
  secret: k8s.core.v1.Secret,
  service: k8s.core.v1.Service,
  serviceAccount: k8s.core.v1.ServiceAccount,
  statefulSet: k8s.apps.v1.StatefulSet,
  // Kinds of others' controllers.
  customResource: k8s.apiextensions.CustomResource,
} as const;

/** Name of a kind of object: `deployment`. */
export type Kind = keyof typeof kinds;

/** The arguments of a kind's resource, as @pulumi/kubernetes has them. */
export type ArgsOf<K extends Kind> = NonNullable<ConstructorParameters<(typeof kinds)[K]>[1]>;

/** The resource of a kind. */
export type ResourceOf<K extends Kind> = InstanceType<(typeof kinds)[K]>;

/** The class of a kind. */
export const classOf = <K extends Kind>(kind: K) =>
  kinds[kind] as unknown as new (name: string, args: ArgsOf<K>, options: pulumi.CustomResourceOptions) => ResourceOf<K>;
