import { describe, expect, it } from 'vitest';
import { describeTei, teiLink, teiSettings } from './tei.ts';

const describeWith = (settings: object) => describeTei({ ...teiSettings.parse(settings), images: {}, rotation: 2 });
const containerOf = (settings: object) => describeWith(settings).workloads[0]?.containers[0];

describe('Text Embeddings Inference', () => {
  it('serves one commit of its model, on a port and an address that it is told', () => {
    const args = containerOf({})?.args?.join(' ');
    expect(args).toContain('--model-id BAAI/bge-small-en-v1.5 --revision 5c38ec7c405ec4b44b94cc5a9bb96e735b38267a');
    expect(args).toContain('--hostname 0.0.0.0 --port 8080');
    expect(containerOf({})?.ports).toEqual([{ name: 'http', number: 8080, metrics: {} }]);
  });

  it('is pinned to a commit, not to a branch', () => {
    expect(teiSettings.safeParse({ revision: 'main' }).success).toBe(false);
  });

  it('keeps the weights of each copy on a volume, where alone it writes them', () => {
    const [workload] = describeWith({ replicas: 2, storage: { size: '5Gi' } }).workloads;
    expect(workload?.runs).toEqual({ as: 'stateful', replicas: 2, start: 'parallel' });
    expect(workload?.volumes?.[0]).toEqual({
      kind: 'persistent',
      name: 'weights',
      size: '5Gi',
      storageClass: undefined,
    });
    expect(workload?.containers[0].mounts).toEqual({ weights: '/data', temporary: '/tmp' });
    expect(workload?.containers[0].args?.join(' ')).toContain('--huggingface-hub-cache /data');
    expect(workload?.connections).toEqual([{ to: 'internet' }]);
  });

  it('has minutes to fetch them', () => {
    const startup = containerOf({})?.probes?.startup;
    expect((startup?.periodSeconds ?? 0) * (startup?.failureThreshold ?? 0)).toBeGreaterThanOrEqual(600);
  });

  it('is never drained to its last copy, and a single copy stands in no drain’s way', () => {
    expect(describeWith({ replicas: 3 }).workloads[0]?.traits).toEqual({ minAvailable: 2 });
    expect(describeWith({}).workloads[0]?.traits).toEqual({});
  });

  it('shows a token of the Hub only where one is named', () => {
    expect(describeWith({}).secrets).toBeUndefined();
    expect(containerOf({})?.secretEnvironment).toBeUndefined();
    expect(describeWith({ credential: 'huggingFace' }).secrets).toEqual([
      { name: 'hugging-face', rotation: 2, keys: { token: { from: 'credential', credential: 'huggingFace' } } },
    ]);
    expect(containerOf({ credential: 'huggingFace' })?.secretEnvironment).toEqual({
      HF_TOKEN: { secret: 'hugging-face', key: 'token' },
    });
  });

  it('is reached in the stack, at its URL, or not at all', () => {
    expect(teiLink(teiSettings.parse({}))?.url).toBe('http://tei:8080');
    expect(teiLink(teiSettings.parse({ use: 'external', url: 'http://tei.models:8080/' }))).toEqual({
      url: 'http://tei.models:8080',
      connection: { to: 'namespace', namespace: 'models', ports: [8080] },
    });
    expect(teiLink(teiSettings.parse({ use: 'off' }))).toBeUndefined();
  });
});
