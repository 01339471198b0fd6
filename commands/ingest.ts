import { readFile, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { extractText, getDocumentProxy } from 'unpdf';
import { requestLimits, routes } from '../service/contract/http.ts';
import type { Problem } from '../service/contract/schemas.ts';
import { formatOf } from '../service/ingest/corpus.ts';
import { filesBelow, type FoundFile } from '../service/ingest/files.ts';
import { Failure, runCommand } from './failure.ts';
import { defaultClaims, signLocalToken } from './local-token.ts';
import { readRunning } from './running.js';

// npm run ingest -- PATH... [--url U] [--token T]: stores files, and all files of folders, as documents.
await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string' }, token: { type: 'string' } },
  });
  if (positionals.length === 0) throw new Failure('Name files or folders: npm run ingest -- PATH...', 2);
  const url = values.url ?? readRunning()?.url;
  if (url === undefined) throw new Failure('Nothing is running: npm run up starts the service, or name one by --url.');
  const token = values.token ?? (await signLocalToken(defaultClaims));

  const files = (await Promise.all(positionals.map(sourcesBelow))).flat();
  const sources = files.filter(({ path }) => isDocument(path));
  const skipped = files.filter(({ path }) => !isDocument(path)).map(({ id }) => id);
  const failures: string[] = [];
  const counts: Record<string, number> = { created: 0, replaced: 0, unchanged: 0 };

  const bar = new SingleBar({ format: '{bar} {value}/{total} {file}', noTTYOutput: true, notTTYSchedule: 2000 });
  if (sources.length > 0) bar.start(sources.length, 0, { file: '' });
  for (const source of sources) {
    bar.update({ file: source.id });
    try {
      const status = await store(url, token, source);
      counts[status] = (counts[status] ?? 0) + 1;
    } catch (error) {
      failures.push(`${source.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
    bar.increment();
  }
  bar.stop();

  if (skipped.length > 0) console.log(`Skipped, neither Markdown, text nor PDF: ${summarise(skipped)}`);
  if (failures.length > 0) console.error(`Failed:\n  ${failures.join('\n  ')}`);
  const done = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  console.log(`${done.join(', ')}, ${failures.length} failed, ${skipped.length} skipped`);
  if (sources.length === 0) throw new Failure('There was nothing to ingest.');
  if (failures.length > 0) process.exitCode = 1;
});

/** The file, or every file below the folder. A relative path starts where npm was called. */
async function sourcesBelow(given: string): Promise<FoundFile[]> {
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), given);
  const info = await stat(path).catch(() => {
    throw new Failure(`There is no file or folder ${path}.`);
  });
  if (!info.isDirectory()) return [{ path, id: basename(path) }];
  return filesBelow(path);
}

function isPdf(path: string): boolean {
  return extname(path).toLowerCase() === '.pdf';
}

function isDocument(path: string): boolean {
  return isPdf(path) || formatOf(path) !== undefined;
}

/** Stores one file. @throws with the reason, in words. */
async function store(url: string, token: string, { path, id }: FoundFile): Promise<string> {
  const { text, format } = isPdf(path) ? await readPdf(path) : { text: await readText(path), format: formatOf(path) };
  const body = JSON.stringify({ id, text, format });
  if (Buffer.byteLength(body) > requestLimits.bodyBytes) {
    throw new Error(`is larger than ${requestLimits.bodyBytes} bytes as a request; split it`);
  }
  const response = await fetch(new URL(routes.putDocument.paths[0], url), {
    method: routes.putDocument.method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body,
  });
  const answer = (await response.json()) as { status: string } | Problem;
  if (response.ok) return String(answer.status);
  throw new Error('detail' in answer ? answer.detail : `the service answered ${response.status}`);
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.includes(0)) throw new Error('is binary, not text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('is not UTF-8 text');
  }
}

async function readPdf(path: string): Promise<{ text: string; format: 'text' }> {
  const document = await getDocumentProxy(new Uint8Array(await readFile(path)));
  const { text } = await extractText(document, { mergePages: false });
  const pages = text.map((page) => page.trim()).filter((page) => page !== '');
  if (pages.length === 0) throw new Error('holds no text; a scan needs text recognition first');
  return { text: pages.join('\n\n'), format: 'text' };
}

/** The first few of many names. */
function summarise(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
