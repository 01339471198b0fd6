import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What an image runs, in the words of https://github.com/opencontainers/image-spec/blob/main/config.md. */
export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** An image of one layer. */
export interface Image {
  /** Its whole name with registry and tag, as manifests say it. */
  readonly name: string;
  readonly config: ImageConfig;
  /** Puts its files into a folder, which becomes its root. */
  readonly fill: (root: string) => Promise<void> | void;
}

/**
 * Writes an image as an archive in Docker's form.
 *
 * @param archive its path, in a folder that exists.
 */
export async function writeArchive(archive: string, { name, config, fill }: Image): Promise<void> {
  const folder = mkdtempSync(`${archive}.`);
  try {
    const root = join(folder, 'root');
    mkdirSync(root, { mode: 0o755 });
    await fill(root);
    const layer = join(folder, 'layer.tar');
    tar(layer, root, '.');
    const description = {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(layer)}`] },
    };
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'config.json'), JSON.stringify(description));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const whole = join(folder, 'image.tar');
    tar(whole, folder, 'manifest.json', 'config.json', 'layer.tar');
    renameSync(whole, archive);
  } finally {
    await rm(folder, { recursive: true, force: true }); // rmSync of Node 24 takes minutes for many files.
  }
}

/** Everything belongs to root, and is as old as nothing else: the same files make the same image. */
function tar(archive: string, folder: string, ...paths: readonly string[]): void {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...same, '-C', folder, '-cf', archive, ...paths]);
}

/** Of a file's bytes, in hexadecimal digits. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
