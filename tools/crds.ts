import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { requireGo } from './go-tool.ts';

/** A CustomResourceDefinition, as far as we look into it. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Where each project keeps its definitions: the folder within its Go module. Versions are in tools/crds/go.mod. */
const folders: Readonly<Record<string, string>> = {
  'github.com/cert-manager/cert-manager': 'deploy/crds',
  'github.com/external-secrets/external-secrets': 'config/crds/bases',
  'github.com/kedacore/keda/v2': 'config/crd/bases',
  'github.com/kubernetes-csi/external-snapshotter/client/v8': 'config/crd',
  'github.com/prometheus-operator/prometheus-operator': 'example/prometheus-operator-crd',
  'sigs.k8s.io/gateway-api': 'config/crd/standard',
};

/**
 * The definitions of every custom kind that the stack can make, as their projects publish them: from the Go modules'
 * cache, into which Go downloads them once.
 *
 * @throws when there is no Go, or a module cannot be downloaded.
 */
export async function customResourceDefinitions(): Promise<readonly CustomResourceDefinition[]> {
  await requireGo('crds', 'CustomResourceDefinitions');
  const cwd = join(import.meta.dirname, 'crds');
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', ...Object.keys(folders)], { cwd });
  return modulesIn(stdout).flatMap(({ Path, Dir }) => definitionsIn(join(Dir, folders[Path] ?? '')));
}

/** What Go prints: one JSON object after the other. */
function modulesIn(output: string): { readonly Path: string; readonly Dir: string }[] {
  return JSON.parse(`[${output.trim().replaceAll('}\n{', '},{')}]`) as { Path: string; Dir: string }[];
}

function definitionsIn(folder: string): CustomResourceDefinition[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const found = files
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as CustomResourceDefinition | null)
    // Beside the definitions there are kustomizations and admission policies.
    .filter((object) => object?.kind === 'CustomResourceDefinition');
  if (found.length === 0) throw new Error(`${folder} holds no CustomResourceDefinition: has its module moved them?`);
  return found as CustomResourceDefinition[];
}
