import type { IncomingMessage } from 'node:http';

/** What the API server answered. */
export interface Answer {
  readonly status: number;
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown;
  /** The message of an answer of 400 or above: why the API server refuses. */
  readonly refusal: string | undefined;
  /** The texts of the `Warning` headers: deprecated fields, or what the namespace's Pod Security would refuse in Pods. */
  readonly warnings: readonly string[];
}

/** What a response says, whose content was read. */
export function answerOf({ statusCode = 0, headersDistinct }: IncomingMessage, content: string): Answer {
  const body = parsed(content);
  const message = (body as { message?: string } | null)?.message ?? content;
  return {
    status: statusCode,
    body,
    refusal: statusCode >= 400 ? message : undefined,
    warnings: (headersDistinct['warning'] ?? []).map(warningText),
  };
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/** `299 - "text"`, where quotes and backslashes in the text are escaped (RFC 7234, section 5.5). */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "(.*)"$/s.exec(header)?.[1];
  return quoted === undefined ? header : quoted.replaceAll(/\\(.)/g, '$1');
}
