import { configurationPage } from './configuration-page.ts';
import { environmentExample } from './environment-example.ts';
import { metricsPage } from './metrics-page.ts';
import { openApi } from './openapi.ts';

/** Every file that is made from the contract: path from the repository's root, with its text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['.env.example', environmentExample()],
    ['docs/handbook/configuration.md', configurationPage()],
    ['docs/handbook/metrics.md', metricsPage()],
    ['service/openapi.json', await openApi()],
  ]);
}
