import { expect, it } from 'vitest';
import { UnansweredError } from '../promote/canary.ts';
import { eventsOf } from './event-stream.ts';

it('reads the events of a stream, and not its heartbeats', () => {
  const text = 'event: token\ndata: {"text":"a"}\n\n: heartbeat\n\nevent: done\ndata: {"answer":\ndata: "a"}\n\n';
  expect(eventsOf(text)).toEqual([
    { event: 'token', data: { text: 'a' } },
    { event: 'done', data: { answer: 'a' } },
  ]);
});

it('finds none in what is no stream', () => {
  expect(eventsOf('')).toEqual([]);
  expect(eventsOf('{"answer":"a"}')).toEqual([]);
});

it('refuses an event that was cut', () => {
  expect(() => eventsOf('event: done\ndata: {"answer":')).toThrow(UnansweredError);
});
