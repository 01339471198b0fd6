import { describe, expect, test } from 'vitest';
import { recordedIdentities } from '../../commands/generated/identities.ts';
import { lostIdentities } from '../../infra/render/identities.ts';
import { stackResources } from '../../infra/render/render.ts';
import { root } from '../processes.ts';

describe.each(Object.entries(recordedIdentities()))('the stack %s', (stack, recorded) => {
  test('makes no object under another URN than before without an alias', async () => {
    expect(lostIdentities(recorded, await stackResources(root, stack))).toEqual([]);
  });
});

test('both committed stacks are recorded', () => {
  expect(Object.keys(recordedIdentities())).toEqual(expect.arrayContaining(['dev', 'prod']));
});
