import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** What the stand-in noted of one call. */
export interface PulumiCall {
  readonly args: readonly string[];
  readonly folder: string;
  /** Of the environment, what starts with `PULUMI_GIT_`. */
  readonly git: Readonly<Record<string, string>>;
  /** The stack's file as it was then; of `up` alone. */
  readonly file?: string;
}

// What stands on the PATH in place of the Pulumi CLI: it notes how it was called, keeps the stack's file as Pulumi does, and tells
// the history that a test wrote. STANDIN_FOLDER is where it keeps all this, STANDIN_EXIT what `up` ends with.
const [args, folder] = [process.argv.slice(2), process.env['STANDIN_FOLDER'] ?? ''];
const option = (name: string) => args[args.indexOf(name) + 1] ?? '';
const project = args.includes('--cwd') ? option('--cwd') : process.cwd();
const stackFile = join(project, `Pulumi.${option('--stack')}.yaml`);

type Tree = Record<string, unknown>;

/** Sets what a path such as `ballast:api.image.digest` names, or removes it. */
function change(config: Tree, path: string, value?: string): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = config;
  for (const key of keys) {
    if (value === undefined && at[key] === undefined) return;
    at = (at[key] ??= {}) as Tree;
  }
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = /^\d+$/.test(value) ? Number(value) : value;
}

function changeFile(changes: readonly (readonly [string, string?])[]): void {
  const file = parse(readFileSync(stackFile, 'utf8')) as { config: Tree };
  for (const [path, value] of changes) change(file.config, path, value);
  writeFileSync(stackFile, stringify(file));
}

const git = Object.entries(process.env).filter(([name]) => name.startsWith('PULUMI_GIT_'));
const [first = '', second = ''] = args;
const call = { args, folder: project, git: Object.fromEntries(git) };
const file = first === 'up' ? { file: readFileSync(stackFile, 'utf8') } : {};
appendFileSync(join(folder, 'calls'), `${JSON.stringify({ ...call, ...file })}\n`);

if (first === 'stack' && second === 'ls') console.log('[{"name":"dev"},{"name":"prod"}]');
else if (first === 'stack' && second === 'history') {
  const history = join(folder, 'history.json');
  if (existsSync(history)) console.log(readFileSync(history, 'utf8'));
  else {
    console.error(`error: no stack named '${option('--stack')}' found`);
    process.exitCode = 255;
  }
} else if (first === 'config' && second === 'set-all') {
  const pairs = args.flatMap((each, index) => (args[index - 1] === '--plaintext' ? [each] : []));
  changeFile(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const));
} else if (first === 'config' && second === 'rm-all') {
  changeFile(args.filter((each) => each.startsWith('ballast:')).map((path) => [path] as const));
} else process.exitCode = Number(process.env['STANDIN_EXIT'] ?? 0);
