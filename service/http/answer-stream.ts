import type { FastifyReply, FastifyRequest } from 'fastify';
import { longestStreamSeconds } from '../contract/http.ts';
import type { QueryResponse } from '../contract/schemas.ts';
import { ClientGoneError } from '../pipeline/errors.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { apiErrorOf } from './errors.ts';
import { EventStream } from './event-stream.ts';
import { problemOf } from './problem.ts';

/** After the first token: the longest pause, and the longest stream, in milliseconds. */
const idleMs = 30_000;
const longestMs = longestStreamSeconds * 1000;

/** What a stream is made from. */
export interface AnswerStream {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deadline: Deadline;
  /** Answers; gives each piece of the text as it is written. */
  readonly run: (onText?: (text: string) => void) => Promise<QueryResponse>;
  /** Whether pieces mean anything by themselves: not those of a JSON value that is yet to be validated. */
  readonly inPieces: boolean;
  readonly services: Services;
}

/**
 * Answers as server-sent events: `token` for each piece, `citation` for each source, then `done` with the whole answer, or
 * `error` with problem details. What fails before the first event is answered by its status, as without streaming.
 */
export async function streamAnswer(stream: AnswerStream): Promise<FastifyReply> {
  const { request, reply, deadline, run, inPieces, services } = stream;
  const firstToken = services.metrics.rag_time_to_first_token_seconds.labels({}).startTimer();
  const begin = performance.now();
  const events = new EventStream(reply, () => deadline.abort(new ClientGoneError()));
  const answer = { begun: false };
  const write = (text: unknown) => {
    if (!answer.begun) firstToken(request.trace);
    answer.begun = true;
    const left = begin + longestMs - performance.now();
    deadline.restart(
      Math.min(idleMs, left),
      left < idleMs ? `the stream took longer than ${longestStreamSeconds} s` : 'the stream paused for 30 s',
    );
    events.send('token', { text });
  };
  try {
    const body = await run(inPieces ? write : undefined);
    // A stored answer, or one that was validated as a whole, comes in one piece.
    if (!answer.begun) write(body.answer);
    for (const citation of body.citations) events.send('citation', citation);
    events.send('done', body);
    events.end();
  } catch (error) {
    const thrown = error instanceof Error ? error : new Error(String(error));
    if (error instanceof ClientGoneError) events.destroy();
    if (!events.started) {
      events.end();
      throw thrown;
    }
    events.send('error', problemOf(apiErrorOf(thrown, request, services), request.id));
    events.end();
  }
  return reply;
}
