import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPath } from '../../commands/on-path.ts';
import { previewComment } from '../../infra/preview/comment.ts';
import { previewOfDigest } from '../../infra/preview/from-pulumi.ts';
import { readDigest } from '../../infra/preview/pulumi-digest.ts';
import { ApiServer } from '../cluster/api-server.ts';
import { KubeletStandIn } from './kubelet-standin.ts';
import { PulumiStack } from './pulumi-stack.ts';

describe.skipIf(onPath('pulumi') === undefined)('the comment from a preview by a real Pulumi', () => {
  let server: ApiServer;
  let kubelet: KubeletStandIn;
  let stack: PulumiStack;

  beforeAll(async () => {
    server = await ApiServer.start({ workloads: true });
    kubelet = await KubeletStandIn.start(server);
    stack = await PulumiStack.create('dev', server.kubeconfig);
    await stack.up();
  });
  afterAll(async () => {
    stack.remove();
    await kubelet.stop().finally(() => server.stop());
  });

  const comment = async () => {
    const preview = previewOfDigest('dev', readDigest(await stack.previewJson(), 'pulumi preview'));
    return { preview, text: previewComment([preview], { policies: new Map() }) };
  };

  test('says that nothing changes', async () => {
    const { preview, text } = await comment();
    expect(preview.objects.complete).toBe(true);
    expect(text).toContain('\nNo changes.\n');
  });

  test('shows a changed volume as a replacement, and a rotation without its values', async () => {
    await stack.set('ballast:redis.storage.size', '3Gi');
    await stack.set('ballast:rotation.qdrant-keys', 2);
    const { preview, text } = await comment();
    expect(text).toContain('`StatefulSet redis` is replaced because of `spec.volumeClaimTemplates');
    expect(text).toContain('| `StatefulSet redis` | `volume data of each` |');
    expect(text).toContain('update <code>Secret qdrant-keys</code>');
    expect(text).toContain('create <code>RandomPassword qdrant-keys-api-key-2</code>');
    expect(preview.changes.map(({ part }) => part)).toEqual(expect.arrayContaining(['cache', 'vector-store']));
  });
});
