/** A command cannot do what it was asked; the message is for the person who asked, and the exit code for scripts. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command; prints a {@link Failure} as its sentence, and anything else with its stack. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (isParseArgsError(error)) console.error(error.message);
    else if (!(error instanceof Failure)) console.error(error);
    else if (error.message !== '') console.error(error.message);
    process.exitCode = error instanceof Failure ? error.exitCode : 1;
  }
}

/** An unknown option, or one without its value: Node's own sentence names it. */
function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
