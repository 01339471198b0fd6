import { compareFields, type FieldChange } from '../render/compare.ts';
import { lossOf } from '../render/impact.ts';
import type { Manifest } from '../render/manifest.ts';
import type { Consequence, Operation, Renaming, ResourceChange, StackPreview } from './change.ts';
import { consequenceOf } from './consequence.ts';
import { Mask } from './mask.ts';
import { partsOf } from './parts.ts';
import type { PreviewDigest, PreviewStep } from './pulumi-digest.ts';
import { holdsSecretToken } from './secret-token.ts';
import { isGeneratedValue } from './stateful.ts';
import { textAt } from './untyped.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** What the engine's operations come to; others look at a resource or only at the state. */
const operations: Readonly<Record<string, Operation>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  import: 'import',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  'read-replacement': 'replace',
  'import-replacement': 'replace',
};

/** The preview of a stack by Pulumi's engine. */
export function previewOfDigest(stack: string, { steps, diagnostics, changeSummary }: PreviewDigest): StackPreview {
  const mask = new Mask();
  const resources = collapse(steps.filter(isResource));
  for (const { operation, before, after } of resources)
    for (const side of [before, after]) if (side !== undefined) mask.learn(side, operation !== undefined);
  const objects = {
    before: resources.flatMap(({ before }) => (isObject(before) ? [before] : [])),
    after: resources.flatMap(({ after }) => (isObject(after) ? [after] : [])),
    complete: isComplete(steps, changeSummary),
  };
  const partOf = partsOf([...objects.after, ...objects.before]);
  return {
    stack,
    source: 'pulumi',
    changes: resources.flatMap((resource) => {
      const change = changeOf(resource, mask);
      const parent = nameOf(resource.parent);
      return change === undefined ? [] : [{ ...change, part: partOf(resource.after ?? resource.before, parent) }];
    }),
    renamed: resources.flatMap(renaming),
    errors: diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => mask.text(message.trim())),
    objects,
  };
}

/** All steps of one resource as one. */
interface Resource {
  readonly operation: Operation | undefined;
  readonly urn: string;
  readonly oldUrn: string;
  readonly parent: string;
  readonly before?: Inputs;
  readonly after?: Inputs;
  /** Paths that the engine says differ. */
  readonly differing: readonly string[];
  readonly replacing: readonly string[];
}

/** A component is nothing by itself, and the stack is the tree's root. */
const isResource = ({ oldState, newState }: PreviewStep) => (newState ?? oldState)?.custom === true;

function collapse(steps: readonly PreviewStep[]): Resource[] {
  return [...Map.groupBy(steps, ({ urn }) => urn)].map(([urn, every]) => {
    const all = withoutLeftovers(every);
    const found = all
      .map(({ op }) => (all.length === 1 && op === 'delete-replaced' ? 'delete' : operations[op]))
      .filter((operation) => operation !== undefined);
    const before = all.find(({ oldState }) => oldState !== undefined)?.oldState;
    const after = all.findLast(({ newState, op }) => newState !== undefined && !op.startsWith('delete'))?.newState;
    const operation = found.includes('replace') ? 'replace' : found[0];
    return {
      operation,
      urn,
      oldUrn: before?.urn ?? urn,
      parent: (after ?? before)?.parent ?? '',
      ...(before && operation !== 'create' && { before: inputsOf(before.inputs) }),
      ...(after && operation !== 'delete' && { after: inputsOf(after.inputs) }),
      differing: unique(all.flatMap((each) => Object.keys(each.detailedDiff ?? {}).concat(each.diffReasons ?? []))),
      replacing: unique(all.flatMap(({ replaceReasons }) => replaceReasons ?? [])),
    };
  });
}

/** Without the deletion of what an interrupted replacement left behind, beside the resource that took its place and stays. */
function withoutLeftovers(steps: readonly PreviewStep[]): readonly PreviewStep[] {
  const live = steps.filter(({ op }) => !op.startsWith('delete'));
  const isReplaced = live.some(({ op }) => operations[op] === 'replace' || op === 'create');
  return live.length === 0 || isReplaced ? steps : live;
}

/** Without what providers and Pulumi note for themselves. */
function inputsOf(inputs: Inputs): Inputs {
  const own = Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith('__')));
  const metadata = own['metadata'];
  if (typeof metadata !== 'object' || metadata === null) return own;
  const { annotations, ...rest } = metadata as { annotations?: Inputs };
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('pulumi.com/'));
  return { ...own, metadata: { ...rest, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) } };
}

function changeOf(resource: Resource, mask: Mask): Omit<ResourceChange, 'part'> | undefined {
  const { operation, urn, before, after } = resource;
  if (operation === undefined) return undefined;
  const sides = after ?? before;
  const namespace = textAt(sides, 'metadata', 'namespace');
  const kind = kindOf(urn);
  const names = {
    kind,
    name: textAt(sides, 'metadata', 'name') ?? nameOf(urn) ?? urn,
    ...(namespace !== undefined && { namespace }),
  };
  const clean = mask.pair(before, after);
  const fields = clean.before && clean.after ? fieldsOf(clean.before, clean.after, resource.differing) : [];
  const consequence = engineConsequence(resource, kind, fields);
  return { ...names, operation, ...clean, fields, ...(consequence && { consequence }) };
}

/** What differs, and what the engine says differs where both sides are secret. */
function fieldsOf(before: Inputs, after: Inputs, differing: readonly string[]): readonly FieldChange[] {
  const fields = compareFields(before as Manifest, after as Manifest);
  const hidden = differing.filter(
    (path) => !fields.some((field) => isAtOrBelow(field.path, path) || isAtOrBelow(path, field.path)),
  );
  // The engine names a field and what is in it; the more exact path is kept.
  const exact = hidden.filter((path) => !hidden.some((other) => other !== path && isAtOrBelow(other, path)));
  return [...fields, ...exact.map((path) => ({ path, ...hiddenSides(before, after, path) }))];
}

/** What is equal in the inputs may differ in the cluster; then neither side is known. */
function hiddenSides(before: Inputs, after: Inputs, path: string): { before: unknown; after: unknown } {
  const [top = ''] = /^[^.[]+/.exec(path) ?? [];
  const isSecret = holdsSecretToken(before[top]) || holdsSecretToken(after[top]);
  return isSecret ? { before: '[secret]', after: '[secret]' } : { before: undefined, after: undefined };
}

const isAtOrBelow = (path: string, above: string) =>
  path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

function engineConsequence(
  { operation, before, replacing }: Resource,
  kind: string,
  fields: readonly FieldChange[],
): Consequence | undefined {
  if (operation === 'replace') {
    if (isGeneratedValue({ kind })) return { kind: 'rotation', reason: 'a new value is generated', fields: replacing };
    // The engine may name no more than `spec`; Kubernetes' own rules say which fields of it.
    const judged = isObject(before) ? consequenceOf(before, fields) : undefined;
    return judged?.kind === 'replace'
      ? judged
      : { kind: 'replace', reason: 'cannot change in place', fields: replacing };
  }
  if (operation === 'delete') {
    const loss = isObject(before) ? lossOf(before) : undefined;
    return loss === undefined ? undefined : { kind: 'data', reason: loss, fields: [] };
  }
  // Whether it is replaced is the engine's to say.
  const consequence = isObject(before) ? consequenceOf(before, fields) : undefined;
  return consequence?.kind === 'restart' ? consequence : undefined;
}

/** The engine finds what has another URN by its aliases; a resource that stays as it is has `same` for its operation. */
function renaming({ operation, urn, oldUrn, after }: Resource): Renaming[] {
  if (oldUrn === urn || (operation !== undefined && operation !== 'update') || after === undefined) return [];
  const [from, to] = [nameOf(oldUrn) ?? oldUrn, nameOf(urn) ?? urn];
  const place = (each: string) => each.split('::')[2] ?? each;
  const changes = operation === 'update';
  return [{ kind: kindOf(urn), changes, ...(from === to ? { from: place(oldUrn), to: place(urn) } : { from, to }) }];
}

/** Without the unchanged ones, unless Pulumi was told to show them. */
function isComplete(steps: readonly PreviewStep[], summary: Readonly<Record<string, number>> | undefined): boolean {
  const shown = steps.filter(({ op }) => op === 'same').length;
  return shown >= (summary?.['same'] ?? 0);
}

const isObject = (inputs: Inputs | undefined): inputs is Manifest =>
  textAt(inputs, 'apiVersion') !== undefined &&
  textAt(inputs, 'kind') !== undefined &&
  textAt(inputs, 'metadata', 'name') !== undefined;

/** `StatefulSet` of `urn:pulumi:dev::ballast::ballast:stack:Redis$kubernetes:apps/v1:StatefulSet::redis`. */
const kindOf = (urn: string): string => /[^:$/]+$/.exec(urn.split('::')[2] ?? '')?.[0] ?? urn;

/** Name in the program: the end of a URN. */
const nameOf = (urn: string): string | undefined => {
  const name = urn.split('::').slice(3).join('::');
  return name === '' ? undefined : name;
};

const unique = (list: readonly string[]) => [...new Set(list)];
