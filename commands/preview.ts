import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { StackPreview } from '../infra/preview/change.ts';
import { previewComment } from '../infra/preview/comment.ts';
import { previewOfDigest } from '../infra/preview/from-pulumi.ts';
import { readPolicyResults } from '../infra/preview/policy-results.ts';
import { readDigest } from '../infra/preview/pulumi-digest.ts';
import { Failure, runCommand } from './failure.ts';
import { filesByStack } from './preview/files-by-stack.ts';
import { renderedPreview } from './preview/rendered-preview.ts';
import { root } from './running.js';

// npm run -s preview -- --stack S --base DIR_OR_GIT_REF: the comment on a pull request, as Markdown, for one or several stacks.
await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string', multiple: true },
      base: { type: 'string' },
      head: { type: 'string' },
      pulumi: { type: 'string', multiple: true },
      policies: { type: 'string', multiple: true },
      failed: { type: 'string', multiple: true },
      commit: { type: 'string' },
    },
  });
  const { base, head, commit, failed = [] } = values;
  if (commit !== undefined && !/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new Failure(`--commit ${JSON.stringify(commit)} is not the hash of a commit: 7 to 64 digits of 0-9 and a-f`);
  }
  const digests = filesByStack('--pulumi', values.pulumi ?? []);
  const judged = filesByStack('--policies', values.policies ?? []);
  const stacks = [...new Set([...(values.stack ?? []), ...digests.keys(), ...failed])];
  if (stacks.length === 0) {
    throw new Failure('preview needs --stack S with --base DIR_OR_GIT_REF, or --pulumi S=FILE; each may be repeated');
  }
  const both = failed.find((stack) => digests.has(stack));
  if (both !== undefined)
    throw new Failure(`--failed ${both} and --pulumi ${both}=FILE: Pulumi's preview failed or did not`);
  try {
    const previews: StackPreview[] = [];
    // One after the other: Pulumi's runtime renders one stack at a time.
    for (const stack of stacks) {
      const file = digests.get(stack);
      if (file !== undefined) previews.push(previewOfDigest(stack, readDigest(readFileSync(file, 'utf8'), file)));
      else if (base === undefined) throw new Failure(`preview needs --base DIR_OR_GIT_REF, or --pulumi ${stack}=FILE`);
      else {
        const preview = await renderedPreview(root, stack, { stacks, base, head });
        previews.push(failed.includes(stack) ? { failed: 'pulumi', ...preview } : preview);
      }
    }
    const policies = new Map(
      [...judged].map(([stack, file]) => [stack, readPolicyResults(readFileSync(file, 'utf8'), file)]),
    );
    process.stdout.write(previewComment(previews, { policies, commit }));
  } catch (error) {
    throw new Failure((error as Error).message);
  }
});
