import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { writeProgram } from '../../test/write-program.ts';
import { contextName, kubeconfig } from './layout.ts';
import { Namespaces } from './namespaces.ts';
import { goesToOneNode } from './one-node.ts';

let home: string;
let runs: boolean;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ballast-home-'));
  writeProgram(home, 'kubectl', '');
  for (const [name, value] of Object.entries({ HOME: home, PATH: home, KUBECONFIG: '' })) vi.stubEnv(name, value);
  runs = true;
  // This machine may have one.
  vi.spyOn(Namespaces, 'find').mockImplementation(() => (runs ? Namespaces.prototype : undefined));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

/** Writes the usual kubeconfig. */
function writeConfig(text: string): void {
  mkdirSync(join(home, '.kube'));
  writeFileSync(join(home, '.kube', 'config'), text);
}

test('commands go to a node that runs where there is no kubeconfig, and find its own', async () => {
  expect(await goesToOneNode()).toBe(true);
  expect(process.env['KUBECONFIG']).toBe(kubeconfig);
});

test.each(['', 'apiVersion: v1\nkind: Config\ncurrent-context: ""\n', 'apiVersion: v1\nkind: Config\n'])(
  'commands go to a node that runs where the usual kubeconfig names no cluster: %j',
  async (text) => {
    writeConfig(text);
    expect(await goesToOneNode()).toBe(true);
  },
);

test('commands go elsewhere where the usual kubeconfig names a cluster, or KUBECONFIG another file', async () => {
  writeConfig('current-context: prod-eu\n');
  expect(await goesToOneNode()).toBe(false);
  vi.stubEnv('KUBECONFIG', '/some/kubeconfig');
  expect(await goesToOneNode()).toBe(false);
  vi.stubEnv('KUBECONFIG', kubeconfig);
  expect(await goesToOneNode()).toBe(true);
});

test('a stack goes to the node by the name of its context, and elsewhere by another one', async () => {
  expect(await goesToOneNode('prod-eu')).toBe(false);
  expect(process.env['KUBECONFIG']).toBe('');
  expect(await goesToOneNode(contextName)).toBe(true);
});

test('that the node does not run is said where KUBECONFIG names it, and else commands go elsewhere', async () => {
  runs = false;
  expect(await goesToOneNode()).toBe(false);
  vi.stubEnv('KUBECONFIG', kubeconfig);
  expect(await failureOf(goesToOneNode())).toBe('The node does not run: npm run cluster -- up starts it.');
  expect(await goesToOneNode('prod-eu')).toBe(false);
});
