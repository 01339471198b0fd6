import { isDeepStrictEqual } from 'node:util';
import { knownAs } from '../../infra/render/aliases.ts';
import type { RegisteredResource } from '../../infra/render/registered-resource.ts';
import type { Registered } from './program.ts';

/**
 * What `pulumi preview --json --show-sames` prints when a program goes from one set of resources to another, by the engine's own
 * rules: found by URN or alias, secrets blinded, a volume template or the length of a password replaced.
 */
export function engineSteps(before: Registered, after: Registered): object {
  const byUrn = new Map(after.map((resource) => [resource.urn, resource]));
  const left = new Map(before.map((resource) => [resource.urn, resource]));
  const steps = after.map((resource) => {
    const oldUrn = knownAs(resource, byUrn).find((urn) => left.has(urn));
    const old = oldUrn === undefined ? undefined : left.get(oldUrn);
    if (old === undefined) return { op: 'create', urn: resource.urn, newState: state(resource), detailedDiff: null };
    left.delete(old.urn);
    const differing = Object.keys({ ...old.inputs, ...resource.inputs }).filter(
      (key) => !isDeepStrictEqual(old.inputs[key], resource.inputs[key]),
    );
    const op = differing.length === 0 ? 'same' : isReplaced(old, resource) ? 'replace' : 'update';
    return {
      op,
      urn: resource.urn,
      oldState: state(old),
      newState: state(resource),
      diffReasons: differing,
      replaceReasons: op === 'replace' ? differing : [],
      detailedDiff: null,
    };
  });
  const gone = [...left.values()].map((old) => ({
    op: 'delete',
    urn: old.urn,
    oldState: state(old),
    detailedDiff: null,
  }));
  const all = [...steps, ...gone];
  const summary = Object.entries(Object.groupBy(all, ({ op }) => op)).map(([op, each]) => [op, each?.length]);
  return { steps: all, duration: 1, changeSummary: Object.fromEntries(summary) as object };
}

const isReplaced = ({ inputs: old, type }: RegisteredResource, { inputs }: RegisteredResource) =>
  type.startsWith('random:') || !isDeepStrictEqual(volumes(old), volumes(inputs));

const volumes = ({ spec }: RegisteredResource['inputs']) =>
  (spec as { volumeClaimTemplates?: unknown } | undefined)?.volumeClaimTemplates;

function state({ urn, isComponent, options, inputs, secrets }: RegisteredResource): object {
  return {
    urn,
    custom: !isComponent,
    parent: options.parent,
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, blinded(value, key, secrets)])),
  };
}

function blinded(value: unknown, path: string, secrets: readonly string[]): unknown {
  if (secrets.includes(path)) return '[secret]';
  if (Array.isArray(value)) return value.map((each, index) => blinded(each, `${path}[${index}]`, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, blinded(inner, `${path}.${key}`, secrets)]),
  );
}
