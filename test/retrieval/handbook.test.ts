import { describe, expect, test } from 'vitest';
import { nothingFound } from '../../service/upstreams/embedded/extractive-model.ts';
import { pageOf, useDocumentation } from './documentation.ts';
import { absentQuestions, handbookQuestions } from './questions.ts';

/** Share of the handbook's questions for which the right page must be cited. */
const requiredRecall = 0.9;

/** The right page must be among this many citations. */
const citationsThatCount = 3;

const { store, ask } = useDocumentation();

describe('the handbook', () => {
  test('has a page for each question of the set', async () => {
    const pages = new Set((await store.list('test', 1000)).map(({ id }) => id));
    const missing = handbookQuestions.flatMap(({ page }) => page).filter((page) => !pages.has(page));
    expect([...new Set(missing)]).toEqual([]);
  });

  test('is cited by the page that answers, for at least 90 % of the questions', async () => {
    const misses: string[] = [];
    for (const { question, page } of handbookQuestions) {
      const { citations } = await ask(question);
      const cited = citations.slice(0, citationsThatCount).map(pageOf);
      if ([page].flat().some((right) => cited.includes(right))) continue;
      misses.push(`${question} Expected ${[page].flat().join(' or ')}, cited ${citations.join(', ') || 'nothing'}`);
    }
    const recall = 1 - misses.length / handbookQuestions.length;
    expect(recall, `missed:\n${misses.join('\n')}\n`).toBeGreaterThanOrEqual(requiredRecall);
  });

  test('is not cited for a question about something that is not in it', async () => {
    const answered: string[] = [];
    for (const question of absentQuestions) {
      const { answer, citations } = await ask(question);
      if (answer !== nothingFound || citations.length > 0)
        answered.push(`${question} ${answer} ${citations.join(', ')}`);
    }
    expect(answered).toEqual([]);
  });
});
