/** Which test runs a program that a step of a workflow runs. */
export const proofs: Readonly<Record<string, string>> = {
  '.github/scripts/comment.sh': 'test/workflows/comment.test.ts',
  '.github/scripts/free-stack.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/image-facts.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/preview-json.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/render-stacks.sh': 'test/workflows/comment.test.ts',
  '.github/scripts/require.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/release-lock.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/rollback-point.sh': 'test/workflows/scripts.test.ts',
  '.github/scripts/verify-image.sh': 'test/workflows/scripts.test.ts',
  'git worktree': 'test/workflows/scripts.test.ts',
  'node .github/scripts/check-artifacts.js': 'test/workflows/scripts.test.ts',
  'npm test': '.ci/run',
  'npm run test:chaos': '.ci/run',
  'npm run test:cluster': '.ci/run',
  'npm run test:docker': '.ci/run',
  'npm run test:pulumi': '.ci/run',
  'npm run up': 'test/lifecycle/pulumi-up.test.ts',
  'npm run canary': 'test/lifecycle/delivery.test.ts',
  'npm run carry-image': 'test/lifecycle/delivery.test.ts',
  'npm run deploy': 'test/lifecycle/delivery.test.ts',
  'npm run policies': 'test/stack/policies.test.ts',
  'npm run preview:post': 'test/preview/post.test.ts',
  'npm run promote': 'test/lifecycle/delivery.test.ts',
  'npm run promote:check': 'test/lifecycle/promote-check.test.ts',
  'npm run rollback': 'test/lifecycle/delivery.test.ts',
  'npm run smoke': 'test/lifecycle/smoke.test.ts',
};

/** Programs that need GitHub, a cluster or a cloud: the page on delivery says that no test runs them. */
export const unrun: readonly string[] = ['aws eks', 'cosign sign', 'kubectl', 'pulumi refresh', 'pulumi stack'];
