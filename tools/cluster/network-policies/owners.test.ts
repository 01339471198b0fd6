import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownersIn } from './owners.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ballast-owners-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What libcni 1.1 has written for a pod, without what it was configured with. */
function note(uid: string, ifName: string, address: string): void {
  const result = { ips: [{ address, gateway: '198.18.4.1', interface: 1 }] };
  const cniArgs = [
    ['IgnoreUnknown', '1'],
    ['K8S_POD_UID', uid],
  ];
  writeFileSync(
    join(folder, `ballast-${uid}-${ifName}`),
    JSON.stringify({ kind: 'cniCacheV1', ifName, cniArgs, result }),
  );
}

describe('the owners of addresses', () => {
  it('are nobody at first', () => {
    expect(ownersIn(folder)).toEqual(new Map());
  });

  it('are the pods that were connected, by what is not their loopback interface', () => {
    note('a', 'eth0', '198.18.4.2/24');
    note('a', 'lo', '127.0.0.1/8');
    note('b', 'eth0', '198.18.4.3/24');
    expect(ownersIn(folder)).toEqual(
      new Map([
        ['198.18.4.2', 'a'],
        ['198.18.4.3', 'b'],
      ]),
    );
  });

  it('do not have one whose note is being written', () => {
    writeFileSync(join(folder, 'ballast-a-eth0'), '{"kind":"cniCacheV1","contain');
    note('b', 'eth0', '198.18.4.3/24');
    expect(ownersIn(folder)).toEqual(new Map([['198.18.4.3', 'b']]));
  });
});
