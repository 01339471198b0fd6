/** An image that the node has for its storage class. */
export const busybox = 'docker.io/library/busybox:1.35.0';

/** Options of `kubectl run` for a pod that Pod Security lets in, and that no policy has an edge for. */
export const strangerOptions = [
  `--image=${busybox}`,
  `--overrides=${JSON.stringify({
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'stranger',
          image: busybox,
          command: ['/bin/busybox', 'sleep', '1000000'],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
        },
      ],
    },
  })}`,
];
