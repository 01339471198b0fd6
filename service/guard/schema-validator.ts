import { Worker } from 'node:worker_threads';
import { schemaLimitProblems } from './schema-limits.ts';
import type { SchemaProblem } from './schema-problem.ts';
import type { WorkerAnswer, WorkerSettings, WorkerTask } from './schema-worker.ts';

/** What a validator says about a value. The errors are short text for a model to read. */
export type Validation = { readonly valid: true } | { readonly valid: false; readonly errors: string };

/** Too many requests already wait for the validator. */
export class SchemaValidatorBusyError extends Error {
  override readonly name = 'SchemaValidatorBusyError';

  constructor() {
    super(`${maxWaiting} requests wait for the schema validator already`);
  }
}

/** Requests that wait at most, beside the one that the worker is at. */
const maxWaiting = 200;

/** Longest time that the worker may be at one request. */
const maxMilliseconds = 1_000;

/** Longest value, in UTF-16 units of its JSON. */
const maxValueLength = 2_000_000;

const tooComplex = `is too complex: checking it takes more than ${maxMilliseconds / 1000} s, or too much memory`;

/** Heap of the worker: the last resort. What it keeps, parses and gathers has bounds of its own, well below. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 };

/** A request to the worker. */
interface Job {
  readonly task: WorkerTask;
  readonly done: (answer: WorkerAnswer) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Holds values against JSON Schemas that callers give. The schemas are hostile: they are compiled and run in a worker
 * thread with bounded time and memory, so that none can hold up the event loop. The worker starts with the first
 * request, starts anew when it has to be stopped or crashes, and never keeps the process alive.
 */
export class SchemaValidator {
  readonly #settings: WorkerSettings;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #ready = false;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /**
   * What is wrong with a schema: nothing when values can be held against it. Drafts 6, 7 and 2019-09 are read as 2020-12.
   *
   * @param schema any JSON value.
   * @throws {SchemaValidatorBusyError}
   */
  async check(schema: unknown): Promise<readonly SchemaProblem[]> {
    const problems = schemaLimitProblems(schema, this.#settings.strict);
    if (problems.length > 0) return problems;
    const answer = await this.#ask({ schema: JSON.stringify(schema) });
    if (answer === 'too complex') return [{ pointer: '', message: tooComplex }];
    return 'problems' in answer ? answer.problems : [];
  }

  /**
   * Holds a value against a schema. Not valid, too, when that takes too long or too much memory.
   *
   * @param schema one that {@link check} found nothing wrong with.
   * @param value any JSON value.
   * @throws {SchemaValidatorBusyError}
   */
  async validate(schema: unknown, value: unknown): Promise<Validation> {
    const text = JSON.stringify(value);
    if (text.length > maxValueLength) {
      return { valid: false, errors: `the answer is longer than ${maxValueLength} characters` };
    }
    const answer = await this.#ask({ schema: JSON.stringify(schema), value: text });
    if (answer === 'too complex') return { valid: false, errors: `the schema ${tooComplex}` };
    if ('problems' in answer) throw new Error(`the schema ${answer.problems[0]?.message ?? 'is not valid'}`);
    return answer;
  }

  /** Stops the worker. Whoever waits gets an error. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#release();
    const error = closedError();
    this.#current?.failed(error);
    this.#current = undefined;
    this.#failWaiting(error);
    await worker?.terminate();
  }

  #ask(task: WorkerTask): Promise<WorkerAnswer> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new SchemaValidatorBusyError());
    return new Promise((done, failed) => {
      this.#waiting.push({ task, done, failed });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined || this.#waiting.length === 0) return;
    this.#worker ??= this.#spawn();
    if (!this.#ready) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#current = job;
    this.#worker.postMessage(job.task);
    this.#timer = setTimeout(() => {
      // After an event loop that was held up, the answer may be here, not yet read: messages are read before this runs.
      setImmediate(() => {
        if (this.#current === job) this.#overrun(job);
      });
    }, maxMilliseconds).unref();
  }

  #spawn(): Worker {
    const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), {
      workerData: this.#settings,
      // No secret is within reach of what schemas become.
      env: {},
      resourceLimits,
    });
    let fault: Error | undefined;
    worker.on('message', (message: 'ready' | WorkerAnswer) => {
      if (worker !== this.#worker) return;
      if (message === 'ready') this.#ready = true;
      else this.#finish()?.done(message);
      this.#next();
    });
    worker.on('error', (error: Error) => (fault = error));
    worker.on('exit', () => {
      if (worker === this.#worker) this.#crashed(fault ?? new Error('the schema validator’s worker ended'));
    });
    worker.unref();
    return worker;
  }

  /** The job that the worker is at is over. */
  #finish(): Job | undefined {
    clearTimeout(this.#timer);
    const job = this.#current;
    this.#current = undefined;
    return job;
  }

  /** The worker is to be replaced. */
  #release(): Worker | undefined {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    return worker;
  }

  #overrun(job: Job): void {
    void this.#release()?.terminate();
    this.#finish();
    job.done('too complex');
    this.#next();
  }

  #crashed(fault: Error): void {
    const started = this.#ready;
    this.#release();
    const job = this.#finish();
    job?.failed(fault);
    // What does not start will not start the next time either.
    if (!started) this.#failWaiting(fault);
    this.#next();
  }

  #failWaiting(error: Error): void {
    for (const { failed } of this.#waiting.splice(0)) failed(error);
  }
}

function closedError(): Error {
  return new Error('the schema validator is closed');
}
