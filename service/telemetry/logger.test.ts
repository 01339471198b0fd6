import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../contract/parse-config.ts';
import { createLogger, openLog, type Logger } from './logger.ts';
import { outputDisk, type OutputDisk } from './testing.ts';

function setUp(env: Record<string, string> = {}): { log: Logger; text: () => string } {
  const config = parseConfig({ JWT_SECRET: 'x'.repeat(32), SERVICE_NAME: 'my-rag', ...env });
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { log: createLogger(config, '1.2.3', destination), text: () => text };
}

describe('a JSON log', () => {
  it('has one object a line, with time, level, service and version', () => {
    const { log, text } = setUp();
    log.info({ answer: 42 }, 'first\nline');
    log.warn('second');

    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        service: 'my-rag',
        version: '1.2.3',
        answer: 42,
        msg: 'first\nline',
      },
      expect.objectContaining({ level: 'warn', msg: 'second' }),
    ]);
  });

  it.each(['debug', 'info', 'warn', 'error', 'fatal'] as const)('at %s leaves out what is less severe', (level) => {
    const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
    const { log, text } = setUp({ LOG_LEVEL: level });
    for (const each of levels) log[each]('x');
    const logged = text()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { level: string }).level);
    expect(logged).toEqual(levels.slice(levels.indexOf(level)));
  });

  it('holds errors by name, message and stack, without secrets', () => {
    const { log, text } = setUp();
    log.error({ err: new TypeError('cannot reach redis://:planted@host') }, 'oops');
    log.error({ err: 'api_key=planted' }, 'oops');

    const [first, second] = text()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { err: unknown }).err);
    expect(first).toEqual({
      type: 'TypeError',
      message: 'cannot reach redis://[redacted]@host',
      stack: expect.stringContaining('logger.test.ts') as string,
    });
    expect(second).toEqual({ message: 'api_key=[redacted]' });
    expect(text()).not.toContain('planted');
  });
});

describe('a text log', () => {
  it('has lines for people', async () => {
    const { log, text } = setUp({ LOG_FORMAT: 'text' });
    log.info({ port: 8000 }, 'ready');
    await vi.waitFor(() => expect(text()).toMatch(/^\[[\d:.]+\] INFO: ready\n {4}port: 8000\n$/));
  });

  it('hides secrets in errors too', async () => {
    const { log, text } = setUp({ LOG_FORMAT: 'text' });
    log.error({ err: new Error('Bearer planted-token-123') }, 'oops');
    await vi.waitFor(() => expect(text()).toContain('Bearer [redacted]'));
    expect(text()).toContain('ERROR: oops');
    expect(text()).not.toContain('planted');
  });
});

describe('the log of the service, while standard output is full', () => {
  let folder: string;
  let disk: OutputDisk;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'ballast-log-'));
    disk = outputDisk();
    disk.full = true;
  });
  afterEach(() => {
    disk.remove();
    vi.useRealTimers();
    fs.rmSync(folder, { recursive: true });
  });

  const open = async (env: Record<string, string>) => {
    const opened = await openLog(parseConfig({ JWT_SECRET: 'x'.repeat(32), ...env }), '1.2.3');
    return { ...opened, onExit: process.listeners('exit').at(-1) };
  };
  const messages = (lines: string) =>
    lines
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);

  it('goes on, also after a fatal line, and is written at the exit', async () => {
    const { log, onExit } = await open({});
    log.info('a line');
    log.fatal('the end');
    expect(disk.text).toBe('');
    disk.full = false;
    onExit?.(0);
    expect(messages(disk.text)).toEqual(['a line', 'the end']);
  });

  it('whose file is written again writes what did not fit in either', async () => {
    const path = join(folder, 'api.log');
    const service = await open({ LOG_FILE: path, LOG_FILE_MAX_BYTES: '1000', LOG_FILE_COUNT: '2' });
    // A full file cannot be renamed to where a folder is.
    fs.mkdirSync(join(`${path}.1`, 'folder'), { recursive: true });
    service.log.info('x'.repeat(1000));
    await vi.waitFor(() => expect(disk.complaints).not.toEqual([]));

    fs.rmSync(`${path}.1`, { recursive: true });
    disk.full = false;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    service.log.info('in the file');
    await vi.waitFor(() => expect(disk.text).not.toBe(''));
    expect(messages(disk.text)).toEqual(['x'.repeat(1000), expect.stringMatching(/^LOG_FILE cannot be written/)]);
    await service.close();
    expect(messages(fs.readFileSync(path, 'utf8'))).toEqual(['in the file', 'LOG_FILE is written again']);
  });
});
