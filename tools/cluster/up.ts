import { mkdirSync } from 'node:fs';
import { onPath } from '../../commands/on-path.ts';
import { etcd } from '../etcd.ts';
import { kubernetes, kubernetesVersion, type KubernetesProgram } from '../kubernetes.ts';
import type { Report } from '../one-node-cluster.ts';
import { startAddOns } from './add-ons.ts';
import { alone } from './alone.ts';
import { makeCgroup } from './cgroup.ts';
import { ensureRuns, type Component } from './components.ts';
import { containerdComponent, requireContainerd } from './container-runtime.ts';
import { apiServerComponent, controllerManagerComponent, etcdComponent, schedulerComponent } from './control-plane.ts';
import { ensureCredentials } from './credentials.ts';
import { ensureDebianPrograms } from './debian-programs.ts';
import { end } from './down.ts';
import { showWantedSettings } from './kernel-settings.ts';
import { kubeletComponent } from './kubelet.ts';
import { Namespaces, ownFolders } from './namespaces.ts';
import { connectNode, kubeProxyComponent } from './network.ts';
import { enforcerComponent } from './network-policies/component.ts';
import { ownImages } from './own-images.ts';
import { ensureImages } from './provide-images.ts';

/**
 * Starts the node, or what of it does not run, and waits until it is ready with its add-ons.
 *
 * @throws when something is missing, saying what, and when a part does not come up, with the end of its log.
 */
export async function up(report: Report): Promise<void> {
  await alone(async () => {
    report('programs of Debian');
    await ensureDebianPrograms();
    await requireContainerd();
    report(`programs of Kubernetes ${kubernetesVersion()}`);
    const programs = await kubernetesPrograms();
    report('images of the node');
    const images = await ownImages({ catatonit: onPath('catatonit') ?? '', busybox: '/bin/busybox' });
    report('credentials');
    await ensureCredentials(programs.kubeadm, kubernetesVersion());
    report('namespaces and network');
    const namespaces = Namespaces.find() ?? (await made());
    const start = async (component: Component) => {
      report(component.name);
      await ensureRuns(namespaces, component);
    };
    await start(etcdComponent(namespaces, await etcd()));
    await start(apiServerComponent(programs['kube-apiserver']));
    await start(controllerManagerComponent(namespaces, programs['kube-controller-manager']));
    await start(schedulerComponent(namespaces, programs['kube-scheduler']));
    await start(containerdComponent());
    await ensureImages(Object.values(images));
    // Before the kubelet: no pod shall run a moment without its policies.
    await start(enforcerComponent());
    await start(kubeletComponent(programs.kubelet));
    await start(kubeProxyComponent(namespaces, programs['kube-proxy']));
    report('CoreDNS, metrics-server, storage class');
    await startAddOns(programs.kubeadm, images, namespaces.keptAt);
  });
}

async function kubernetesPrograms(): Promise<Record<KubernetesProgram, string>> {
  return {
    kubeadm: await kubernetes('kubeadm'),
    kubectl: await kubernetes('kubectl'),
    'kube-apiserver': await kubernetes('kube-apiserver'),
    'kube-controller-manager': await kubernetes('kube-controller-manager'),
    'kube-scheduler': await kubernetes('kube-scheduler'),
    kubelet: await kubernetes('kubelet'),
    'kube-proxy': await kubernetes('kube-proxy'),
  };
}

/** The node's namespaces, connected and with nothing in them. */
async function made(): Promise<Namespaces> {
  await end(); // What a killed one has left.
  makeCgroup();
  for (const path of ownFolders) mkdirSync(path, { recursive: true });
  try {
    const namespaces = await Namespaces.make();
    await connectNode(namespaces);
    await showWantedSettings(namespaces);
    namespaces.keep();
    return namespaces;
  } catch (error) {
    await end();
    throw error;
  }
}
