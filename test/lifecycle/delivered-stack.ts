/** What a stack needs beside the committed configuration of dev so that it can have a canary: a way in that splits requests. */
export const gateway = `  ballast:cluster: { gatewayApi: true }
  ballast:gateway:
    form: gateway
    host: api.example.com
    gateway: { name: public, namespace: gateways }
    from: { namespace: gateways }
`;

/** A script for a shell: a kubectl that tells of a cluster that has all that the stack needs. */
export const kubectl = `case "$*" in
*" --raw /version"*) echo '{"gitVersion":"v1.35.4"}' ;;
*" --raw /apis/storage.k8s.io/v1/storageclasses"*)
  echo '{"items":[{"metadata":{"name":"local","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}]}' ;;
*" --raw /apis/gateway.networking.k8s.io/v1"*) echo '{"resources":[{"kind":"Gateway"},{"kind":"HTTPRoute"}]}' ;;
*) echo '{"current-context":"kind-dev","clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}' ;;
esac`;
