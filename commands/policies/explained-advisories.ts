/** Advisory violations of a committed stack that are as we want them, or that only its owner can mend. */
export interface ExplainedAdvisory {
  readonly stacks: readonly ('dev' | 'prod')[];
  readonly rule: string;
  /** `Deployment api`, or all of a kind: `Deployment *`. Each stack has such a violation of each. */
  readonly objects: readonly string[];
  /** One sentence. */
  readonly reason: string;
}

/** All of them, and why. */
export const explainedAdvisories: readonly ExplainedAdvisory[] = [
  {
    stacks: ['dev', 'prod'],
    rule: 'image-digest',
    objects: ['CronJob *', 'Deployment *', 'StatefulSet *'],
    reason:
      '`npm run images` writes digests where the registries can be reached, and delivery sets the one of the API; until then a tag ' +
      'of one version names the image.',
  },
];
