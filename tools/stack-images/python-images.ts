import { debianRecipe } from './debian-image.ts';
import { pythonDebian } from './debian-root.ts';
import { checkPackages } from './python-modules.ts';
import { pinnedPackage, pythonPackages } from './python-packages.ts';
import type { Recipe } from './recipe.ts';

/** Images of programs that PyPI has, by repository. */
export const pythonImages: Readonly<Record<string, Recipe>> = {
  'ghcr.io/berriai/litellm-non_root': fromPyPI('LiteLLM', 'litellm', ['/usr/local/bin/litellm']),
  'ghcr.io/mlflow/mlflow': fromPyPI('MLflow', 'mlflow', [], 'without drivers for PostgreSQL and S3'),
};

/**
 * @param tool folder under tools/, and the name of the package.
 * @param differs how it differs from its publisher's image, if it does.
 */
function fromPyPI(product: string, tool: string, entrypoint: readonly string[], differs?: string): Recipe {
  const release = pinnedPackage(tool, tool);
  const what = `${product} ${release} from PyPI, with Python ${pythonDebian.python} from Debian ${pythonDebian.suite}`;
  return debianRecipe({
    kind: 'real',
    what: differs === undefined ? what : `${what}, ${differs}`,
    release,
    suite: pythonDebian.suite,
    packages: pythonPackages,
    python: tool,
    check: checkPackages,
    config: { Entrypoint: entrypoint, Env: ['PYTHONUNBUFFERED=1'] },
  });
}
