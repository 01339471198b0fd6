/**
 * The controllers that keep house. They finish deletions, of namespaces with what is in them and of objects with their
 * dependents and volumes, count quotas and give each namespace its service account `default`.
 */
export const housekeeping = [
  'garbage-collector-controller',
  'namespace-controller',
  'persistentvolumeclaim-protection-controller',
  'resourcequota-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
];

/** The controllers that make Pods of workloads, and endpoints of Pods. */
export const workloads = [
  'deployment-controller',
  'disruption-controller',
  'endpointslice-controller',
  'horizontal-pod-autoscaler-controller',
  'job-controller',
  'replicaset-controller',
  'statefulset-controller',
];
