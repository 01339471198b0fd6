import { debianRecipe } from './debian-image.ts';
import { debian } from './debian-root.ts';
import { pinnedPackage, pythonPackages } from './python-packages.ts';
import type { Recipe } from './recipe.ts';

/** Images of programs that PyPI has, by repository. */
export const pythonImages: Readonly<Record<string, Recipe>> = {
  'ghcr.io/berriai/litellm-non_root': fromPyPI('LiteLLM', 'litellm', ['/usr/local/bin/litellm']),
  'ghcr.io/mlflow/mlflow': fromPyPI('MLflow', 'mlflow', []),
};

/** @param tool folder under tools/, and the name of the package. */
function fromPyPI(product: string, tool: string, entrypoint: readonly string[]): Recipe {
  return debianRecipe({
    kind: 'real',
    what: `${product} ${pinnedPackage(tool, tool)} from PyPI, with Python ${debian.python} from Debian ${debian.suite}`,
    packages: pythonPackages,
    python: tool,
    config: { Entrypoint: entrypoint, Env: ['PYTHONUNBUFFERED=1'] },
  });
}
