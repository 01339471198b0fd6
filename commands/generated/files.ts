import { configurationPage } from './configuration-page.ts';
import { environmentExample } from './environment-example.ts';
import { identityList, identityPath } from './identities.ts';
import { metricsPage } from './metrics-page.ts';
import { openApi } from './openapi.ts';
import { policiesPage } from './policies-page.ts';
import { runbookIndexPage } from './runbook-index.ts';
import { stackConfigurationPage } from './stack-configuration-page.ts';
import { stackPicturePage } from './stack-picture.ts';

/** Every file that is made from the contract and from the stack's configuration: path from the repository's root, with its text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['.env.example', environmentExample()],
    ['docs/handbook/configuration.md', configurationPage()],
    ['docs/handbook/metrics.md', metricsPage()],
    ['docs/handbook/policies.md', policiesPage()],
    ['docs/handbook/stack-configuration.md', stackConfigurationPage()],
    ['docs/handbook/stack-picture.md', await stackPicturePage()],
    ['docs/runbook/alerts.md', runbookIndexPage()],
    [identityPath, await identityList()],
    ['service/openapi.json', await openApi()],
  ]);
}
