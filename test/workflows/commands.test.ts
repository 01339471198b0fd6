import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clusterName } from '../../tools/kind/names.ts';
import { root } from '../processes.ts';
import { proofs, unrun } from './proofs.ts';
import { actions, commandsOf, workflows } from './workflow.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

const asRoot = /^\.github\/scripts\/as-root\.sh /;

/** Every command of a step. */
const commands = [
  ...workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap(commandsOf)),
  ...actions().flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])),
];

/** Every call of an npm script, in a step or in a script of .github. */
const calls = [
  ...commands,
  ...readdirSync(join(root, '.github/scripts')).map((file) => read(`.github/scripts/${file}`)),
]
  .flatMap((text) => [...text.matchAll(/npm run (?:-s )?([\w:-]+)(?: -- ([^\n|\&;>]*))?/g)])
  .map(([, name = '', options = '']) => ({ name, options: options.split(' -- ')[0] ?? '' }));

/** The command that an npm script runs: promote-check for promote:check. */
const commandOf = (name: string) => /^node commands\/bootstrap\.js ([\w-]+)/.exec(scripts[name] ?? '')?.[1];

const names = [...new Set(calls.map(({ name }) => name))];

describe('every npm script that a workflow runs', () => {
  test('is found at all', () => expect(names.length).toBeGreaterThan(10));

  test.each(names)('%s is in package.json, and installs what it needs in a fresh clone', (name) => {
    const installing = /const installing = \[([^\]]+)\]/.exec(read('commands/bootstrap.js'))?.[1] ?? '';
    expect(commandOf(name)).toBeDefined();
    expect(installing).toContain(`'${commandOf(name)}'`);
  });

  test('knows the options that it gets', () => {
    const unknown = calls.flatMap(({ name, options }) => {
      const given = options.match(/(?<= |^)--[\w-]+/g) ?? [];
      if (given.length === 0) return [];
      const source = read(`commands/${commandOf(name)}.ts`);
      return given.filter((option) => !new RegExp(`\\b${option.slice(2)}'?: \\{ type: '`).test(source));
    });
    expect(calls.flatMap(({ options }) => options.match(/--[\w-]+/g) ?? []).length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});

describe('every command of a step', () => {
  /** The words that say which program or script it is. */
  const programOf = (command: string) =>
    /^(npm test|(npm run|node|git|docker|kind|pulumi|cosign|aws) \S+|\S+)/.exec(command.replace(asRoot, ''))?.[0] ??
    command;
  const programs = new Set(commands.map(programOf));
  // What the system brings proves nothing.
  for (const name of ['echo', 'sleep']) programs.delete(name);

  test('is run by a test, or is said to be unrun', () => {
    expect([...programs].sort()).toEqual([...Object.keys(proofs), ...unrun].sort());
  });

  test.each(Object.entries(proofs))('%s is run by %s', (program, file) => {
    const name = /^npm run ([\w:-]+)/.exec(program)?.[1];
    const called = file === '.ci/run' ? program : name === undefined ? program.split('/').at(-1) : commandOf(name);
    expect(read(file)).toContain(called);
  });

  test.each(unrun)('%s is in the page on delivery as unrun', (program) => {
    const page = read('docs/handbook/delivery.md');
    expect(page.slice(page.indexOf('## What of the workflows was never run'))).toContain(`\`${program}`);
  });
});

describe('what workflows repeat', () => {
  const text = [...workflows, ...actions()].map((each) => each.text).join('\n');

  test('is the release of Pulumi that package-lock.json has', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
    const named = [...text.matchAll(/pulumi-version: (\S+)/g)].map(([, version]) => version);
    expect(named.length).toBeGreaterThan(1);
    expect(new Set(named)).toEqual(new Set([packages['node_modules/@pulumi/pulumi']?.version]));
  });

  test('is the name of the kind cluster, without which npm run up gives it no image of the API', () => {
    const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps ?? []));
    const made = steps.filter(({ uses }) => uses?.startsWith('helm/kind-action@'));
    expect(made.map((step) => step.with?.['cluster_name'])).toEqual([clusterName]);
  });
});
