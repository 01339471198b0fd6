/** What an update of delivery says of itself in the history of the stack. */
export const messages = {
  deployment: (digest: string) => `deployment of ${digest}`,
  canary: (digest: string, weight: number) => `canary of ${digest} for ${weight} %`,
  promotion: (digest: string) => `promotion of ${digest}`,
  rollback: (version: number) => `rollback to version ${version}`,
} as const;

/**
 * Whether an update says that delivery made it: from files of its commit, but for the stack's own, whose configuration the history
 * records.
 */
export function isOfDelivery(message: string): boolean {
  return /^((deployment|promotion) of \S+|canary of \S+ for \d+ %|rollback to version \d+)$/.test(message);
}

/** The version to which an update went back; `undefined` when it is no rollback. */
export function rolledBackTo(message: string): number | undefined {
  const [, version] = /^rollback to version (\d+)$/.exec(message) ?? [];
  return version === undefined ? undefined : Number(version);
}
