import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requireStack } from '../infra/render/stack-file.ts';
import { ConfigurationError } from '../policies/configuration.ts';
import pack from '../policies/package.json' with { type: 'json' };
import { rules } from '../policies/rules.ts';
import { Failure, runCommand } from './failure.ts';
import { policyFileName, readPolicyFile } from './policies/configuration-file.ts';
import { objectsOfFolder, objectsOfStack } from './policies/judged-objects.ts';
import { judgeStack, type Results } from './policies/results.ts';
import { sarifLog } from './policies/sarif.ts';
import { resultsTable } from './policies/table.ts';
import { root } from './running.js';

// npm run policies -- --stack S [--manifests DIR] [--json] [--sarif FILE]: whether a stack meets the rules; exit 1 when not.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string' },
      manifests: { type: 'string' },
      json: { type: 'boolean', default: false },
      sarif: { type: 'string' },
    },
  });
  const { stack, manifests, json, sarif } = values;
  if (stack === undefined) throw new Failure('policies needs --stack S');
  const results = await judge(stack, manifests);
  if (sarif !== undefined) write(sarif, JSON.stringify(sarifLog(results, rules, pack.version), null, 2));
  console.log(json ? JSON.stringify(results) : resultsTable(results, rules));
  if (!results.passed) process.exitCode = 1;
});

async function judge(stack: string, manifests: string | undefined): Promise<Results> {
  try {
    requireStack(root, stack);
    const configuration = readPolicyFile(root, stack);
    const objects = manifests === undefined ? await objectsOfStack(root, stack) : objectsOfFolder(manifests);
    return judgeStack(stack, objects, rules, configuration);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Failure(`${policyFileName(stack)}: ${error.message}`);
    throw new Failure((error as Error).message);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (error) {
    throw new Failure(`--sarif: ${(error as Error).message}`);
  }
}
