import type { ExpositionFormat } from '../telemetry/exposition-lines.ts';

/** The media type of each format, as a response names it. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What an `Accept` header says of a media type: the more exactly it names it, the more it counts. */
interface Wish {
  readonly exactness: number;
  /** From 0 for never to 1. */
  readonly quality: number;
}

/**
 * The format that a client wants by its `Accept` header: OpenMetrics 1.0.0 when it is named and nothing is wanted more,
 * else Prometheus' text format, which whoever cannot read either still gets.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#name-accept
 */
export function preferredFormat(accept: string | undefined): ExpositionFormat {
  const openmetrics: Wish[] = [];
  const text: Wish[] = [];
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const valueOf = (name: string) => /=\s*"?([^"]*)/.exec(parameters.find((part) => part.startsWith(name)) ?? '')?.[1];
    const version = valueOf('version');
    const wish = { exactness: version === undefined ? 1 : 2, quality: Number(valueOf('q') ?? 1) };
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0') openmetrics.push(wish);
    if (type === 'text/plain' && (version ?? '0.0.4') === '0.0.4') text.push(wish);
    if (type === 'text/*') text.push({ ...wish, exactness: 0 });
    if (type === '*/*') text.push({ ...wish, exactness: -1 });
  }
  const quality = qualityOf(openmetrics);
  return quality > 0 && quality >= qualityOf(text) ? 'openmetrics' : 'text';
}

/** By the wish that names it most exactly; 0 without any. */
function qualityOf(wishes: readonly Wish[]): number {
  return wishes.toSorted((a, b) => b.exactness - a.exactness)[0]?.quality ?? 0;
}
