import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { goTool, type GoTool } from './go-tool.ts';

const tool: GoTool = {
  name: 'tool',
  folder: 'kube-score',
  module: 'github.com/zegl/kube-score',
  command: 'cmd/kube-score',
  cost: 'no time',
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-go-tool-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Puts a `go` on the PATH that notes how it is called, writes what it is to build, and ends with a code. */
function putGo(code: number, version = 'go1.26.8'): void {
  const script = `#!/bin/sh
[ "$1" = env ] && { echo ${version}; exit 0; }
[ "$1" = mod ] && { [ "$2" = edit ] && echo "$*" >> ${folder}/calls; exit 0; }
[ "$1" = list ] && { echo ${folder}/module; exit 0; }
[ -d source ] && cp -R source/${tool.module} ${folder}/built-from
echo "$(basename "$PWD") $*" >> ${folder}/calls
while [ "$1" != -o ]; do shift; done
echo built > "$2"
exit ${code}
`;
  writeFileSync(join(folder, 'go'), script);
  chmodSync(join(folder, 'go'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
}

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}

test('a tool is built once, in its own module, and kept by its version', async () => {
  putGo(0);
  const paths = [await goTool(tool), await goTool(tool)];
  expect(paths[0]).toMatch(/ballast\/tool\/v\d+\.\d+\.\d+-[0-9a-f]{12}\/tool$/);
  expect(paths[1]).toBe(paths[0]);
  expect(readFileSync(paths[0] ?? '', 'utf8')).toBe('built\n');
  expect(calls()).toEqual([
    `kube-score build -o ${paths[0]} -trimpath -buildvcs=false -tags=timetzdata,remove_all_sd,enable_dns_sd ` +
      '-ldflags=-s -w github.com/zegl/kube-score/cmd/kube-score',
  ]);
});

test('a tool is built anew where what it is built from has changed, but not for another Go', async () => {
  putGo(0);
  const ownFiles = (text: string) => ({ [tool.module]: { 'pages/index.html': text } });
  mkdirSync(join(folder, 'module', 'pages'), { recursive: true });
  writeFileSync(join(folder, 'module', 'main.go'), 'the program');
  const changed: GoTool[] = [
    { ...tool, command: 'cmd/other' },
    { ...tool, folder: 'coredns', module: 'github.com/coredns/coredns' },
    { ...tool, variables: () => ({ 'main.version': '1' }) },
    { ...tool, ownFiles: ownFiles('a page') },
    { ...tool, ownFiles: ownFiles('another page') },
    { ...tool, ownPackages: ownFiles('a page') },
  ];
  const paths: string[] = [];
  for (const each of [tool, ...changed]) paths.push(await goTool(each));
  expect(new Set(paths).size).toBe(paths.length);
  vi.stubEnv('PATH', '/nowhere');
  expect(await goTool(tool)).toBe(paths[0]);
});

test('a command of ours is built beside the pins, and has the version of the module', async () => {
  putGo(0);
  expect(await goTool({ ...tool, command: './ours' })).toMatch(/ballast\/tool\/v\d+\.\d+\.\d+-\w+\/tool$/);
  expect(calls()).toEqual([expect.stringMatching(/^kube-score build .* \.\/ours$/)]);
});

test('a tool that two ask for at once is built once', async () => {
  putGo(0);
  const [first, second] = await Promise.all([goTool(tool), goTool(tool)]);
  expect(second).toBe(first);
  expect(calls()).toHaveLength(1);
});

test('the linker is told what the version gives', async () => {
  putGo(0);
  await goTool({ ...tool, variables: (version) => ({ 'main.version': version }) });
  expect(calls()[0]).toMatch(/-ldflags=-s -w -X main\.version=v\d+\.\d+\.\d+ /);
});

test('a file of ours is added to a copy of a module', async () => {
  putGo(0);
  const module = join(folder, 'module');
  mkdirSync(module);
  writeFileSync(join(module, 'main.go'), 'the program');
  for (const path of [join(module, 'main.go'), module]) chmodSync(path, 0o555);
  const path = await goTool({ ...tool, ownFiles: { [tool.module]: { 'pages/index.html': 'a page' } } });
  expect(readFileSync(join(folder, 'built-from', 'pages', 'index.html'), 'utf8')).toBe('a page');
  expect(readFileSync(join(folder, 'built-from', 'main.go'), 'utf8')).toBe('the program');
  expect(calls()[0]).toBe('mod edit -replace=github.com/zegl/kube-score=./source/github.com/zegl/kube-score');
  expect(readdirSync(module)).toEqual(['main.go']);
  expect(readdirSync(dirname(path))).toEqual(['tool']);
  chmodSync(module, 0o755);
});

test('a package of ours stands for all of theirs in its folder, and for nothing else', async () => {
  putGo(0);
  mkdirSync(join(folder, 'module', 'store', 'inner'), { recursive: true });
  for (const path of ['store/client.go', 'store/read.me', 'store/inner/inner.go', 'main.go']) {
    writeFileSync(join(folder, 'module', path), 'theirs');
  }
  const ours = { 'store/none.go': 'package store', 'store/other.go': 'package store' };
  await goTool({ ...tool, ownPackages: { [tool.module]: ours } });
  expect(readdirSync(join(folder, 'built-from', 'store')).sort()).toEqual(['inner', 'none.go', 'other.go', 'read.me']);
  expect(readdirSync(join(folder, 'built-from', 'store', 'inner'))).toEqual(['inner.go']);
  expect(readFileSync(join(folder, 'built-from', 'main.go'), 'utf8')).toBe('theirs');
});

test('a build that fails leaves nothing', async () => {
  putGo(1);
  await expect(goTool(tool)).rejects.toThrow('tool could not be built');
  expect(readdirSync(join(folder, 'cache', 'ballast', 'tool'))).toEqual([]);
});

test('without Go, what to install is said, and nothing is made', async () => {
  vi.stubEnv('PATH', folder);
  await expect(goTool(tool)).rejects.toThrow(
    'Go 1.26 or newer is needed for tool, and there is none on the PATH: install it.',
  );
  expect(readdirSync(join(folder, 'cache', 'ballast', 'tool'))).toEqual([]);
});

test.each(['go1.25.9', 'go1.9'])('a Go that is too old, %s, is said to be', async (version) => {
  putGo(0, version);
  await expect(goTool(tool)).rejects.toThrow(`for tool, and the one on the PATH is ${version}: install it.`);
});

test.each(['go1.26', 'go1.27rc1', 'go1.100.1 X:nodwarf5'])('a Go that is new enough, %s, builds', async (version) => {
  putGo(0, version);
  await goTool(tool);
});

test('a module that the pins do not name is an error', async () => {
  await expect(goTool({ ...tool, module: 'example.com/none' })).rejects.toThrow(
    'tools/kube-score/go.mod requires no example.com/none',
  );
});
