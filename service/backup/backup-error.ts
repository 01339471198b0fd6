/** Why a backup, a restore or a drill failed: one sentence for whoever reads the job's log. It holds no secret. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Nothing answered, or the connection was lost: the network, a name or the process behind it may not be there yet. */
export class UnreachableError extends BackupError {}

/** The sentence of an error, whatever it is. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
