import { UnansweredError } from '../promote/canary.ts';

/** One server-sent event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The events of a whole stream, without its comments. @throws {UnansweredError} when one holds anything but JSON. */
export function eventsOf(text: string): StreamEvent[] {
  const blocks = text.split('\n\n').filter((block) => /^(event|data):/m.test(block));
  return blocks.map((block) => {
    const [, event = 'message'] = /^event: ?(.*)$/m.exec(block) ?? [];
    const data = [...block.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join('\n');
    try {
      return { event, data: JSON.parse(data) as unknown };
    } catch {
      throw new UnansweredError(`the event ${event} holds no JSON`);
    }
  });
}
