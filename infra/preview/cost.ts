import type { Manifest } from '../render/manifest.ts';
import type { StackObjects } from './change.ts';
import { copiesOf, runsCopies, type Copies } from './copies.ts';
import { byIdentity, identityOf } from '../render/identity.ts';
import { claimedVolumes, claimSize, podResources, sum, type Amounts } from './pod-resources.ts';
import { retainedClaims, type RetainedClaims } from './retained-claims.ts';
import { at } from './untyped.ts';

/** One thing that costs, before and after; an absent side is `undefined`. */
export interface CostRow {
  readonly kind: string;
  readonly name: string;
  /** What of it: `copies`, `cpu request`, `volume data`. */
  readonly aspect: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a change costs or saves. */
export interface Cost {
  /** What runs all the time, and volumes. */
  readonly rows: readonly CostRow[];
  /** What runs on a schedule: resources of one run. */
  readonly scheduled: readonly CostRow[];
  /** Requests and limits times the fewest copies, and storage; only what differs. */
  readonly totals: readonly CostRow[];
  /** Volumes that stay as they are; they count on both sides. */
  readonly retained: readonly RetainedClaims[];
}

/** Copies, requests, limits and volumes that differ between two sides of a stack. */
export function costOf({ before, after, complete }: StackObjects): Cost {
  const rows = (wanted: (object: Manifest) => boolean) =>
    changedRows(before.filter(wanted), after.filter(wanted), before, after);
  const retained = retainedClaims(before, after);
  const [then, now] = [total(before), sum([total(after), { storage: keptStorage(retained, after) }])];
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
  const totals = names.flatMap((name) => {
    const [old, fresh] = [then[name] ?? 0, now[name] ?? 0];
    if (same(old, fresh)) return [];
    const [shownOld, shownNew] = [shown(name, old), shown(name, fresh)];
    const difference = `${fresh > old ? '+' : '−'}${shown(name, Math.abs(fresh - old))}`;
    // The rest of the stack is not known, so that only the difference is.
    const sides = complete
      ? { before: shownOld, after: `${shownNew} (${difference})` }
      : { before: undefined, after: difference };
    return [{ kind: 'total', name: '', aspect: name, ...sides }];
  });
  return {
    rows: rows((object) => runsCopies(object) || isClaim(object)),
    scheduled: rows(isScheduled),
    totals,
    retained,
  };
}

/** What stays beyond what the templates ask for now, in bytes; less than nothing where a copy keeps a smaller volume. */
function keptStorage(retained: readonly RetainedClaims[], after: readonly Manifest[]): number {
  const now = byIdentity(after);
  const asked = ({ workload, volume, kind }: RetainedClaims) => {
    const next = now.get(identityOf(workload));
    return kind === 'left' || next === undefined ? 0 : (claimedVolumes(next)[volume] ?? 0);
  };
  return retained.map((each) => each.count * (each.size - asked(each))).reduce((a, b) => a + b, 0);
}

const isScheduled = ({ kind }: Manifest) => kind === 'CronJob';
const isClaim = ({ kind, apiVersion }: Manifest) => kind === 'PersistentVolumeClaim' && apiVersion === 'v1';

function changedRows(
  old: readonly Manifest[],
  now: readonly Manifest[],
  before: readonly Manifest[],
  after: readonly Manifest[],
): CostRow[] {
  const [then, fresh] = [byIdentity(old), byIdentity(now)];
  return [...new Set([...fresh.keys(), ...then.keys()])].flatMap((identity) => {
    const sides = [then.get(identity), fresh.get(identity)] as const;
    const [left, right] = [aspects(sides[0], before), aspects(sides[1], after)];
    const { kind = '', metadata } = sides[1] ?? sides[0] ?? {};
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys
      .filter((aspect) => left[aspect] !== right[aspect])
      .map((aspect) => ({ kind, name: metadata?.name ?? '', aspect, before: left[aspect], after: right[aspect] }));
  });
}

/** Everything of an object that costs, as people read it. */
function aspects(object: Manifest | undefined, objects: readonly Manifest[]): Readonly<Record<string, string>> {
  if (object === undefined) return {};
  if (isClaim(object)) return { size: shown('storage', claimSize(object)) };
  const { requests, limits } = podResources(templateOf(object));
  const volumes = Object.entries(claimedVolumes(object)).map(([name, size]) => [
    `volume ${name} of each`,
    shown('storage', size),
  ]);
  return {
    ...(runsCopies(object) && { copies: shownCopies(copiesOf(object, objects)) }),
    ...labelled(requests, 'request'),
    ...labelled(limits, 'limit'),
    ...(Object.fromEntries(volumes) as Record<string, string>),
  };
}

const labelled = (amounts: Amounts, kind: string) =>
  Object.fromEntries(Object.entries(amounts).map(([name, value]) => [`${name} ${kind}`, shown(name, value)]));

const templateOf = (object: Manifest) =>
  isScheduled(object) ? at(object, 'spec', 'jobTemplate', 'spec', 'template') : at(object, 'spec', 'template');

const shownCopies = ({ fewest, most }: Copies) => (fewest === most ? String(fewest) : `${fewest} to ${most}`);

function total(objects: readonly Manifest[]): Amounts {
  const workloads = objects.filter(runsCopies).map((object): Amounts => {
    const { fewest } = copiesOf(object, objects);
    const { requests, limits } = podResources(templateOf(object));
    const entries = [
      ...Object.entries(requests).map(([name, value]) => [`${name} requests`, value * fewest]),
      ...Object.entries(limits).map(([name, value]) => [`${name} limits`, value * fewest]),
      ['storage', Object.values(claimedVolumes(object)).reduce((a, b) => a + b, 0) * fewest],
    ];
    return Object.fromEntries(entries) as Record<string, number>;
  });
  const claims = objects.filter(isClaim).map((claim): Amounts => ({ storage: claimSize(claim) }));
  return sum([...workloads, ...claims]);
}

const same = (a: number, b: number) => Math.abs(a - b) < 1e-6;

/** Cores as a number of thousandths below one, bytes in the largest unit that leaves no long fraction. */
export function shown(name: string, value: number): string {
  if (name.startsWith('cpu')) return value < 1 ? `${Math.round(value * 1000)}m` : String(Number(value.toFixed(3)));
  if (!/^(memory|storage|hugepages)/.test(name)) return String(Number(value.toFixed(3)));
  for (const [power, unit] of [
    [4, 'Ti'],
    [3, 'Gi'],
    [2, 'Mi'],
    [1, 'Ki'],
  ] as const) {
    const amount = value / 1024 ** power;
    if (amount >= 1) return `${Number(amount.toFixed(2))}${unit}`;
  }
  return String(value);
}
