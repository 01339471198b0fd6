import { describe, expect, it } from 'vitest';
import { until } from '../../test/processes.ts';
import { SchemaValidatorBusyError } from '../guard/schema-validator.ts';
import { BudgetExceededError } from '../limits/budget-exceeded-error.ts';
import { DeadlineError } from '../resilience/deadline.ts';
import { DrainingError } from '../resilience/lifecycle.ts';
import { ShedError } from '../resilience/shed-error.ts';
import { UpstreamError } from '../resilience/upstream-error.ts';
import { buildTestApp, modelThat } from '../testing.ts';
import { PromptTooLongError } from '../upstreams/language-model.ts';

const question = 'Who is Jane Doe?';

/** Asks until the first answer is stale, and its renewal has failed with the error. */
async function failRenewal(error: Error) {
  let calls = 0;
  const model = modelThat(async () => {
    calls += 1;
    if (calls > 1) throw error;
    return { text: 'a friend', used: [], inputTokens: 1, outputTokens: 1 };
  });
  const test = await buildTestApp({ model, env: { MEMORY_CACHE_TTL_SECS: '0.05' } });
  const lines = () => test.log().filter(({ msg }) => /renewed|unexpected/.test(String(msg)));
  await until('a renewal has failed', async () => {
    await test.as('acme').post('/v1/predict', { input: question });
    return lines().length > 0;
  });
  return { line: lines()[0], incidents: test.services.incidents.list() };
}

describe('a renewal of a stale answer', () => {
  it('that fails unexpectedly is an incident, which the log tells of, and neither quotes the question', async () => {
    const { line, incidents } = await failRenewal(new TypeError(`cannot read ${question}`));
    const [incident] = incidents;
    expect(incident).toMatchObject({
      error: 'TypeError',
      message: 'cannot read [redacted]',
      route: 'renewal',
      request_ids: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    });
    expect(line).toMatchObject({ level: 'error', msg: 'unexpected error', incident: incident?.fingerprint });
    expect(JSON.stringify(line)).not.toContain(question);
  });

  it.each([
    new UpstreamError('test-model', 'server', 'answered 503', { status: 503 }),
    new BudgetExceededError('too little is left', 1),
    new DeadlineError(1),
    new DrainingError(),
    new PromptTooLongError('too long'),
    new SchemaValidatorBusyError(),
    new ShedError('queue_full', 1),
  ])('that fails as it may, with a $name, is no incident, and is logged at debug', async (error) => {
    const { line, incidents } = await failRenewal(error);
    expect(line).toMatchObject({ level: 'debug', msg: 'a stale answer could not be renewed' });
    expect(incidents).toEqual([]);
  });
});
