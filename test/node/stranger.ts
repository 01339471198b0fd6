/** An image that the node has for its storage class. */
export const busybox = 'docker.io/library/busybox:1.35.0';

/** Options of `kubectl run` for a pod that Pod Security lets in, and that no policy has an edge for; it only waits. */
export const strangerOptions = (image: string, command: readonly string[]) => [
  `--image=${image}`,
  `--overrides=${JSON.stringify({
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'stranger',
          image,
          command,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '128Mi' } },
        },
      ],
    },
  })}`,
];
