import type { TestProject } from 'vitest/node';
import { importBaseImage } from '../tools/base-image.ts';
import { startDocker, type DockerAddress } from '../tools/docker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Docker daemon of our own that has the image that the Dockerfile builds on. */
    docker: DockerAddress;
  }
}

/** Starts the daemon before the first test; what is returned stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const daemon = await startDocker();
  try {
    await importBaseImage(daemon);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  project.provide('docker', { client: daemon.client, host: daemon.host });
  return () => daemon.stop();
}
