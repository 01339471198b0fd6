import { Failure } from '../failure.ts';

/** An image by its tag. */
export interface ImageReference {
  /** Host, and port where one is named. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

// The grammar of references: https://pkg.go.dev/github.com/distribution/reference
const host =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const nameAndTag = new RegExp(`^(?<repository>${component}(?:/${component})*):(?<tag>\\w[\\w.-]{0,127})$`);

/**
 * Reads `registry/name:tag` as Docker does: without a registry it is docker.io, and a name of one word there is in `library`.
 *
 * @throws {Failure} when it is none, has no tag, or has a digest.
 */
export function parseReference(text: string): ImageReference {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isRegistry = first === 'localhost' || /[.:A-Z]/.test(first);
  const registry = isRegistry ? first : 'docker.io';
  const { repository, tag } = nameAndTag.exec(isRegistry ? text.slice(slash + 1) : text)?.groups ?? {};
  if (repository === undefined || tag === undefined || !host.test(registry) || !URL.canParse(`https://${registry}`)) {
    throw new Failure(
      `${JSON.stringify(text)} is no image by tag, such as docker.io/library/redis:7.4 (without a digest)`,
    );
  }
  const short = registry === 'docker.io' && !repository.includes('/');
  return { registry, repository: short ? `library/${repository}` : repository, tag };
}

/**
 * Where a registry has the manifest of an image: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 *
 * Over HTTPS, except from a registry of this machine. The registry docker.io is at another host than its name says.
 */
export function manifestUrl({ registry, repository, tag }: ImageReference): URL {
  const url = new URL(`https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`);
  if (isLoopback(url)) url.protocol = 'http:';
  url.pathname = `/v2/${repository}/manifests/${tag}`;
  return url;
}

/** Whether a URL is of this machine's loopback interface. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
