import { namespaceOf, type KubernetesObject } from './object.ts';

/**
 * Whether a name or an address, seen from a namespace, is that of a Service or of one of its pods: `web`, `web.shop`,
 * `web.shop.svc.cluster.local:9090`, `web-0.web`, `_http._tcp.web.shop.svc`.
 *
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function namesService(address: string, from: string, service: KubernetesObject): boolean {
  const namespace = namespaceOf(service);
  const labels = address
    .replace(/:\d+$/, '')
    .split('.')
    .filter((label) => label !== '' && !label.startsWith('_'));
  // The Service is named at the front, or after the name of a pod.
  return [labels, labels.slice(1)].some(
    ([name, inNamespace = from, type = 'svc']) =>
      name !== undefined && name === service.metadata?.name && inNamespace === namespace && type === 'svc',
  );
}
