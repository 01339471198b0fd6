import { describe, expect, test } from 'vitest';
import { KindMachine } from '../../test/standins/kind-machine.ts';
import { statusOfKind } from './status.ts';

describe('status', () => {
  const wellParts = [
    { part: 'container', isWell: true, says: 'ballast-control-plane runs since 2026-11-22T12:00:00.500000001Z' },
    { part: 'node', isWell: true, says: 'ready, Kubernetes v1.35.0' },
    { part: 'network-policies', isWell: true, says: 'kindnet enforces them' },
    { part: 'pods', isWell: true, says: '1 of 1 are ready' },
  ];

  test('names the parts of a node that is well, and what enforces network policies', async () => {
    new KindMachine();
    expect(await statusOfKind()).toEqual(wellParts);
  });

  test.each([
    ['*nodeInfo*', 'False v1.35.0', 'node', 'ready: False'],
    ["*'get pods '*", 'Running False', 'pods', '0 of 1 are ready'],
    // Of a kind before 0.24, and of a network that is not kind's own.
    ['*clusterrole*', '["podsecuritypolicies"] ["nodes"]', 'network-policies', 'nothing is known to enforce them'],
    ['*clusterrole*', '', 'network-policies', 'nothing is known to enforce them'],
  ])('says what is not well: of %s kubectl says "%s"', async (asked, answer, part, says) => {
    new KindMachine({ kubectl: `case "$*" in ${asked}) echo '${answer}'; exit ;; esac` });
    const found = await statusOfKind();
    expect(found.find((each) => each.part === part)).toMatchObject({ isWell: false });
    expect(found.find((each) => each.part === part)?.says).toContain(says);
    expect(found.filter((each) => each.part !== part)).toEqual(wellParts.filter((each) => each.part !== part));
  });

  test('says that the API server does not answer', async () => {
    new KindMachine({ kubectl: 'exit 1' });
    const silent = expect.stringContaining('the API server does not answer') as string;
    expect((await statusOfKind()).slice(1)).toEqual(
      ['node', 'network-policies', 'pods'].map((part) => ({ part, isWell: false, says: silent })),
    );
  });
});
