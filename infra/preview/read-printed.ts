import { z } from 'zod';

/**
 * What a command printed as JSON.
 *
 * @param from Where the text is from, for the message.
 * @param command For the message, too.
 * @throws when it is something else.
 */
export function readPrinted<T>(schema: z.ZodType<T>, text: string, from: string, command: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, ' ') : String(error);
    throw new Error(`${from} does not hold what ${command} prints: ${reason}`);
  }
}
