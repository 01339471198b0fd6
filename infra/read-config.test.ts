import { describe, expect, it } from 'vitest';
import { readStackConfig } from './read-config.ts';

describe('reading the configuration of a stack', () => {
  it('has a default for every key', () => {
    expect(readStackConfig({})).toMatchObject({ namespace: 'ballast', environment: 'development' });
  });

  it('reads objects and flags that come as JSON, and leaves other projects their keys', () => {
    const config = readStackConfig({
      'ballast:redis': '{"maxMemory":"1gb"}',
      'ballast:namespace': 'rag',
      'kubernetes:context': 'somewhere',
    });
    expect(config.redis.maxMemory).toBe('1gb');
    expect(config.namespace).toBe('rag');
  });

  it('names the key, the value and what is allowed, for every problem at once', () => {
    const read = () =>
      readStackConfig({ 'ballast:namespace': 'Not_A_Label', 'ballast:redis': '{"storage":{"size":"10G"}}' });
    expect(read).toThrow('ballast:namespace is "Not_A_Label": a DNS label of at most 40 characters');
    expect(read).toThrow('ballast:redis.storage.size is "10G": a quantity such as 512Mi or 10Gi');
  });

  it('suggests the key that was meant', () => {
    expect(() => readStackConfig({ 'ballast:redis': '{"maxMemry":"1gb"}' })).toThrow(
      /ballast:redis\.maxMemry: there is no such key; did you mean maxMemory\? Allowed: use, url, .*maxMemory/,
    );
    expect(() => readStackConfig({ 'ballast:rediss': '{}' })).toThrow('did you mean redis?');
    expect(() => readStackConfig({ 'ballast:redis': '{"zzzzzzzzz":1}' })).toThrow('there is no such key; allowed: use');
  });

  it('says that a broken object is neither text nor JSON', () => {
    expect(() => readStackConfig({ 'ballast:redis': '{"a":' })).toThrow('ballast:redis is neither text nor JSON');
  });
});
