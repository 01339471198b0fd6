import type { types } from '@pulumi/kubernetes';
import type { Container, LivenessProbe, Probe, Workload } from '../workload.ts';
import { environmentName, splitEnvironment } from './configuration.ts';
import { ephemeralStorage } from './ephemeral-storage.ts';
import { volumeMounts } from './volumes.ts';

type ContainerSpec = types.input.core.v1.Container;
type ProbeSpec = types.input.core.v1.Probe;

/**
 * A container as Pod Security's `restricted` level wants it, with a root file system that nothing can be written to:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function containerSpec(workload: Workload, container: Container): ContainerSpec {
  const { name, image, command, args, probes, resources } = container;
  const disk = ephemeralStorage(workload, container);
  return {
    name,
    image,
    ...(command && { command: [...command] }),
    ...(args && { args: [...args] }),
    ...environment(workload, container),
    ...(container.ports && {
      ports: container.ports.map(({ name, number, protocol = 'TCP' }) => ({ name, containerPort: number, protocol })),
    }),
    ...(container.mounts && { volumeMounts: volumeMounts(workload, container) }),
    ...(probes?.startup && { startupProbe: probeSpec(workload, container, probes.startup) }),
    ...(probes?.liveness && { livenessProbe: livenessSpec(workload, container, probes.liveness) }),
    ...(probes?.readiness && { readinessProbe: probeSpec(workload, container, probes.readiness) }),
    resources: {
      requests: { cpu: resources.cpu.request, memory: resources.memory.request, 'ephemeral-storage': disk.request },
      limits: { cpu: resources.cpu.limit, memory: resources.memory.limit, 'ephemeral-storage': disk.limit },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/**
 * Waits before SIGTERM while load balancers and proxies forget the pod. The kubelet itself sleeps, so that the image needs no
 * shell: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export const withDelayedStop = (container: ContainerSpec, seconds: number): ContainerSpec =>
  seconds === 0 ? container : { ...container, lifecycle: { preStop: { sleep: { seconds } } } };

/** Where the kubelet finds what only the running pod knows. */
const podFields = { name: 'metadata.name' } as const;

/** Secret values and the pod's own first, then what is made of them, since `$(NAME)` stands only for what comes before it. */
function environment(workload: Workload, container: Container): Pick<ContainerSpec, 'env' | 'envFrom'> {
  const { plain, expanding } = splitEnvironment(workload, container);
  const env = [
    ...Object.entries(container.secretEnvironment ?? {}).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
    ...Object.entries(container.environmentFromPod ?? {}).map(([name, field]) => ({
      name,
      valueFrom: { fieldRef: { fieldPath: podFields[field] } },
    })),
    ...Object.entries(expanding).map(([name, value]) => ({ name, value })),
  ];
  return {
    ...(Object.keys(plain).length > 0 && {
      envFrom: [{ configMapRef: { name: environmentName(workload, container) } }],
    }),
    ...(env.length > 0 && { env }),
  };
}

function livenessSpec(workload: Workload, container: Container, probe: LivenessProbe): ProbeSpec {
  const { graceSeconds } = probe;
  const asked = probeSpec(workload, container, probe);
  return graceSeconds === undefined ? asked : { ...asked, terminationGracePeriodSeconds: graceSeconds };
}

function probeSpec(workload: Workload, container: Container, probe: Probe): ProbeSpec {
  const { periodSeconds, timeoutSeconds, failureThreshold } = probe;
  const named = 'http' in probe ? probe.http.port : 'tcp' in probe ? probe.tcp.port : undefined;
  const names = (container.ports ?? []).map(({ name }) => name);
  if (named !== undefined && !names.includes(named)) {
    const known = names.join(', ') || 'none';
    throw new Error(`${workload.name}: a probe of container ${container.name} asks its port ${named}; it has ${known}`);
  }
  return { ...question(probe), periodSeconds, timeoutSeconds, failureThreshold };
}

function question(probe: Probe): ProbeSpec {
  if ('http' in probe) return { httpGet: { path: probe.http.path, port: probe.http.port } };
  if ('tcp' in probe) return { tcpSocket: { port: probe.tcp.port } };
  if ('grpc' in probe) return { grpc: { ...probe.grpc } };
  return { exec: { command: [...probe.command] } };
}
