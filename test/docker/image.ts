import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { docker, type DockerAddress } from '../../tools/docker.ts';

const run = promisify(execFile);

/** What `docker image inspect` says, as far as tests look at it. */
export interface ImageDescription {
  /** Bytes, those of the base included. */
  readonly Size: number;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly ExposedPorts: Readonly<Record<string, unknown>>;
    readonly Healthcheck: Readonly<Record<string, unknown>>;
  };
}

/** @throws when there is no such image. */
export async function describeImage(address: DockerAddress, tag: string): Promise<ImageDescription> {
  const [description] = JSON.parse(await docker(address, 'image', 'inspect', tag)) as ImageDescription[];
  if (!description) throw new Error(`there is no image ${tag}`);
  return description;
}

/** What an image adds to its base: the paths in its layers, and the layers' bytes. */
export async function addedTo(address: DockerAddress, tag: string, base: string) {
  const { length: below } = (await describeImage(address, base)).RootFS.Layers;
  const folder = mkdtempSync(join(tmpdir(), 'ballast-image-'));
  try {
    const archive = join(folder, 'image.tar');
    await docker(address, 'save', '--output', archive, tag);
    mkdirSync(join(folder, 'image'));
    await run('tar', ['-xf', archive, '-C', join(folder, 'image')]);
    const [manifest] = JSON.parse(readFileSync(join(folder, 'image', 'manifest.json'), 'utf8')) as [
      { Layers: string[] },
    ];
    const files = manifest.Layers.slice(below).map((layer) => join(folder, 'image', layer));
    const listed = await Promise.all(files.map((file) => run('tar', ['-tf', file], { maxBuffer: 64 * 1024 * 1024 })));
    const paths = listed.flatMap(({ stdout }) => stdout.split('\n')).filter((path) => path !== '');
    return { paths, layers: files.map(readLayer) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Docker 20.10 saves layers as they are, later ones may compress them. */
function readLayer(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.readUInt16BE(0) === 0x1f8b ? gunzipSync(bytes) : bytes;
}
