import type { FastifyReply, FastifyRequest } from 'fastify';
import { priorities, type Priority } from '../contract/metrics.ts';
import type { QueryResponse } from '../contract/schemas.ts';
import { ClientGoneError } from '../pipeline/errors.ts';
import type { Answer, Question } from '../pipeline/step.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { streamAnswer } from './answer-stream.ts';
import { callerOf } from './auth.ts';
import { timeoutOf } from './request-timeout.ts';

/** What a client sends beside the question itself. */
export interface AnswerOptions {
  readonly fallback?: unknown;
  readonly stream: boolean;
  readonly priority?: Priority | undefined;
  readonly session_id?: string | undefined;
}

/** Answers a question as JSON or as a stream, whichever the client asked for. A client that leaves ends the work. */
export async function answerQuestion(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  question: Question,
  options: AnswerOptions,
): Promise<QueryResponse | FastifyReply> {
  const { ask, config, lifecycle, sessions, topQuestions } = services;
  const caller = callerOf(request);
  const timeout = timeoutOf(request, config.REQUEST_TIMEOUT_SECS);
  const priority = lower(caller.priority, options.priority ?? caller.priority);
  request.summary.mode = question.mode;
  request.summary.priority = priority;
  request.summary.variant = question.variant;
  if (options.session_id !== undefined) sessions.touch(caller.tenant, options.session_id);
  topQuestions?.note(question.text);

  const deadline = new Deadline(timeout.milliseconds);
  // What the checks before took is part of the request's time.
  const left = Math.max(1, timeout.milliseconds - reply.elapsedTime);
  deadline.restart(left, `no answer within ${timeout.milliseconds / 1000} s`);
  const leave = () => {
    if (!reply.raw.writableFinished) deadline.abort(new ClientGoneError());
  };
  if (reply.raw.closed) leave();
  else reply.raw.once('close', leave);
  const run = async (onText?: (text: string) => void) => {
    const answer = await lifecycle.run(deadline, () =>
      ask({
        question,
        trace: request.trace,
        priority,
        signal: deadline.signal,
        expiresAt: () => deadline.expiresAt,
        shortened: timeout.shortened,
        ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
        ...(onText === undefined ? {} : { onText }),
      }),
    );
    return address(request, answer);
  };
  if (!options.stream) return run();
  return streamAnswer({ request, reply, deadline, run, inPieces: question.schema === undefined, services });
}

/** Addresses an answer to its client, and notes what the log will say of it. */
function address(request: FastifyRequest, answer: Answer): QueryResponse {
  request.summary.model = answer.model;
  request.summary.degradation = answer.degradation;
  request.summary.tokens = answer.tokens.input + answer.tokens.output;
  request.summary.input_tokens = answer.tokens.input;
  request.summary.output_tokens = answer.tokens.output;
  request.summary.cost_usd = answer.cost_usd;
  request.summary.cache = answer.cached ? 'hit' : 'miss';
  // Whether it may be stored is no business of the client's.
  const { complete, ...said } = answer;
  return { ...said, request_id: request.id, trace_id: request.trace.id };
}

/** The less urgent of two priorities. */
function lower(a: Priority, b: Priority): Priority {
  return priorities.indexOf(a) > priorities.indexOf(b) ? a : b;
}
