import { describe, expect, it } from 'vitest';
import { preStopSeconds } from './pre-stop.ts';

const afterCommand = (...command: readonly string[]) =>
  preStopSeconds({ name: 'web', lifecycle: { preStop: { exec: { command } } } });

describe('the time before a container is told to stop', () => {
  it('is that of its sleep', () => {
    expect(preStopSeconds({ name: 'web', lifecycle: { preStop: { sleep: { seconds: 10 } } } })).toBe(10);
    expect(preStopSeconds({ name: 'web' })).toBe(0);
    expect(preStopSeconds({ name: 'web', lifecycle: { preStop: {} } })).toBe(0);
  });

  it.each([
    [['sleep', '10'], 10],
    [['/bin/sleep', '2.5'], 2.5],
    [['sleep', '1m'], 60],
    [['sh', '-c', 'sleep 10'], 10],
    [['/bin/bash', '-ec', 'nginx -s quit; sleep 5s && sleep 2'], 7],
    [['sh', '-c', 'sleep 0.5h'], 1800],
    [['sh', '-c', 'sleep $WAIT'], 0],
    [['sh', '-c', './no-sleep 10'], 0],
    [['nginx', '-s', 'quit'], 0],
    [[], 0],
  ])('is what %j sleeps: %d s', (command, seconds) => {
    expect(afterCommand(...command)).toBe(seconds);
  });
});
