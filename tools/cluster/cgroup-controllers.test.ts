import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { passControllersOn, passControllersOnNoMore } from './cgroup-controllers.ts';

// A folder with the files of a root of cgroup v2, which note what is written to them in place of doing it.

vi.mock('node:fs', { spy: true });

let root: string;
let control: string;
let record: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ballast-cgroup-'));
  control = join(root, 'cgroup.subtree_control');
  record = join(root, 'record');
  writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory hugetlb pids rdma misc\n');
  writeFileSync(control, 'cpu io memory pids\n');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Has the kernel refuse the next change, as it refuses to take back what is used. */
function refuse(): void {
  vi.mocked(appendFileSync).mockImplementationOnce(() => {
    throw new Error('EBUSY');
  });
}

const written = () => readFileSync(control, 'utf8').split('\n')[1];

test('the root passes on what the kubelet wants, and no more than before when the node ends', () => {
  passControllersOn(root, record);
  expect(written()).toBe('+cpuset+hugetlb');
  writeFileSync(control, 'cpuset cpu io memory hugetlb pids\n');
  passControllersOnNoMore(root, record);
  expect(written()).toBe('-cpuset-hugetlb');
  expect(existsSync(record)).toBe(false);
});

test('what another node found passed on is taken back by whichever ends last', () => {
  passControllersOn(root, record);
  writeFileSync(control, 'cpuset cpu io memory hugetlb pids\n');
  passControllersOn(root, record);
  expect(written()).toBe('');
  refuse();
  passControllersOnNoMore(root, record);
  expect(written()).toBe('-hugetlb');
  passControllersOnNoMore(root, record);
  expect(written()).toBe('-hugetlb-cpuset');
});

test('what the kernel refuses is named', () => {
  refuse();
  expect(() => passControllersOn(root, record)).toThrow(
    /needs cpuset, which .*cgroup\.subtree_control refuses: EBUSY$/,
  );
});

test('where the root passes on everything, nothing is written', () => {
  writeFileSync(control, 'cpuset cpu io memory hugetlb pids\n');
  passControllersOn(root, record);
  passControllersOnNoMore(root, record);
  expect(written()).toBe('');
});
