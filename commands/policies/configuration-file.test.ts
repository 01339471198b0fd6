import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { policyArguments } from '../policy-arguments.ts';
import { readPolicyFile } from './configuration-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ballast-policy-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'Pulumi.prod.policies.json'), '{"probes":"advisory"}');
writeFileSync(join(folder, 'Pulumi.broken.policies.json'), '{"probes":');

describe('the configuration of policies for a stack', () => {
  it('is what its file says, and nothing where there is none', () => {
    expect(readPolicyFile(folder, 'prod')).toEqual({ probes: 'advisory' });
    expect(readPolicyFile(folder, 'dev')).toEqual({});
  });

  it('names the file that is no JSON', () => {
    expect(() => readPolicyFile(folder, 'broken')).toThrow(/^Pulumi\.broken\.policies\.json is no JSON: /);
  });

  it('is given to Pulumi where there is one', () => {
    expect(policyArguments(folder, 'prod')).toEqual([
      '--policy-pack',
      'policies',
      '--policy-pack-config',
      'Pulumi.prod.policies.json',
    ]);
    expect(policyArguments(folder, 'dev')).toEqual(['--policy-pack', 'policies']);
  });
});
