import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
function putGo(code: number): void {
  const script = `#!/bin/sh
[ "$1" = version ] && exit 0
[ "$1" = mod ] && { [ "$2" = edit ] && echo "$*" >> ${folder}/calls; exit 0; }
[ "$1" = list ] && { echo ${folder}/module; exit 0; }
[ -d source ] && cp source/pages/index.html source/main.go ${folder}
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
  expect(paths[0]).toMatch(/ballast\/tool\/v\d+\.\d+\.\d+\/tool$/);
  expect(paths[1]).toBe(paths[0]);
  expect(readFileSync(paths[0] ?? '', 'utf8')).toBe('built\n');
  expect(calls()).toEqual([
    expect.stringMatching(/^kube-score build .* github\.com\/zegl\/kube-score\/cmd\/kube-score$/),
  ]);
});

test('a command of ours is built beside the pins, and has the version of the module', async () => {
  putGo(0);
  expect(await goTool({ ...tool, command: './ours' })).toMatch(/ballast\/tool\/v\d+\.\d+\.\d+\/tool$/);
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

test('a file that its publisher leaves out is added to a copy of its module', async () => {
  putGo(0);
  const module = join(folder, 'module');
  mkdirSync(module);
  writeFileSync(join(module, 'main.go'), 'the program');
  for (const path of [join(module, 'main.go'), module]) chmodSync(path, 0o555);
  const path = await goTool({ ...tool, leftOut: { 'pages/index.html': 'a page' } });
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toBe('a page');
  expect(readFileSync(join(folder, 'main.go'), 'utf8')).toBe('the program');
  expect(calls()[0]).toBe('mod edit -replace=github.com/zegl/kube-score=./source');
  expect(readdirSync(module)).toEqual(['main.go']);
  expect(readdirSync(dirname(path))).toEqual(['tool']);
  chmodSync(module, 0o755);
});

test('a build that fails leaves nothing', async () => {
  putGo(1);
  await expect(goTool(tool)).rejects.toThrow('tool could not be built');
  const [version = ''] = readdirSync(join(folder, 'cache', 'ballast', 'tool'));
  expect(readdirSync(join(folder, 'cache', 'ballast', 'tool', version))).toEqual([]);
});

test('without Go, what to install is said, and nothing is made', async () => {
  vi.stubEnv('PATH', folder);
  await expect(goTool(tool)).rejects.toThrow(
    'There is no Go on the PATH, by which tool is made: install Go 1.26 or newer.',
  );
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});

test('a module that the pins do not name is an error', async () => {
  await expect(goTool({ ...tool, module: 'example.com/none' })).rejects.toThrow(
    'tools/kube-score/go.mod requires no example.com/none',
  );
});
