import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { images } from '../../infra/images.ts';
import { Failure } from '../failure.ts';
import { isLoopback, manifestUrl, parseReference } from './reference.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const component = fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '--'), word).map((parts) => parts.join(''));
const repository = fc.array(fc.oneof(word, component), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const registry = fc.oneof(
  fc.tuple(fc.domain(), fc.option(fc.nat(65_535))).map(([name, port]) => (port === null ? name : `${name}:${port}`)),
  fc.constantFrom('localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'REGISTRY'),
);

describe('a reference', () => {
  it('gives back the registry, the name and the tag that it was made of', () => {
    fc.assert(
      fc.property(registry, repository, tag, (registry, repository, tag) => {
        expect(parseReference(`${registry}/${repository}:${tag}`)).toEqual({ registry, repository, tag });
      }),
    );
  });

  it('without a registry is of docker.io', () => {
    fc.assert(
      fc.property(repository, tag, (repository, tag) => {
        fc.pre(!/^[^/]*\./.test(repository) && !repository.startsWith('localhost/'));
        expect(parseReference(`${repository}:${tag}`)).toEqual({ registry: 'docker.io', repository, tag });
      }),
    );
  });

  it.each(['redis:7', 'docker.io/redis:7', 'library/redis:7', 'docker.io/library/redis:7'])(
    '%s is in `library`',
    (text) => {
      expect(parseReference(text)).toEqual({ registry: 'docker.io', repository: 'library/redis', tag: '7' });
    },
  );

  it('of one word in another registry is not in `library`', () => {
    expect(parseReference('ghcr.io/redis:7').repository).toBe('redis');
  });

  it.each([
    'redis',
    'ghcr.io/redis',
    'redis:',
    ':7',
    '',
    'Redis:7',
    'ghcr.io/Redis:7',
    'ghcr.io//redis:7',
    'ghcr.io/a/../redis:7',
    'ghcr.io/redis/:7',
    'ghcr.io/redis:7/8',
    'ghcr.io/redis:7?x',
    `redis:${'7'.repeat(129)}`,
    `redis:7@sha256:${'0'.repeat(64)}`,
    'user@ghcr.io/redis:7',
    'ghcr.io:99999/redis:7',
    'ghcr.io:/redis:7',
    '-.io/redis:7',
    '[::g]/redis:7',
    'https://ghcr.io/redis:7',
    'redis:7\n',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(
      new Failure(`${JSON.stringify(text)} is no image by tag, such as docker.io/library/redis:7.4 (without a digest)`),
    );
  });

  it('of any text is refused, or asked at exactly the host and path that it says', () => {
    const almost = fc
      .tuple(registry, repository, tag, fc.string({ maxLength: 2 }), fc.nat(40))
      .map(([registry, repository, tag, more, at]) => {
        const whole = `${registry}/${repository}:${tag}`;
        return whole.slice(0, at) + more + whole.slice(at);
      });
    const text = fc.oneof(fc.string(), almost);
    fc.assert(
      fc.property(text, (text) => {
        let reference;
        try {
          reference = parseReference(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        const { pathname, search, hash, username, host } = manifestUrl(reference);
        expect(pathname).toBe(`/v2/${reference.repository}/manifests/${reference.tag}`);
        expect([search, hash, username]).toEqual(['', '', '']);
        expect(host).not.toBe('');
      }),
    );
  });

  it('of every pinned image is one with its registry named', () => {
    for (const image of Object.values(images)) {
      const { registry, repository, tag } = parseReference(image);
      expect(`${registry}/${repository}:${tag}`).toBe(image);
    }
  });
});

describe('the address of a manifest', () => {
  it.each([
    ['docker.io/redis:7', 'https://registry-1.docker.io/v2/library/redis/manifests/7'],
    ['qdrant/qdrant:v1', 'https://registry-1.docker.io/v2/qdrant/qdrant/manifests/v1'],
    ['registry.k8s.io/a/b:v1', 'https://registry.k8s.io/v2/a/b/manifests/v1'],
    ['example.com:5000/a:1', 'https://example.com:5000/v2/a/manifests/1'],
    ['127.0.0.1:5000/a:1', 'http://127.0.0.1:5000/v2/a/manifests/1'],
    ['localhost:5000/a:1', 'http://localhost:5000/v2/a/manifests/1'],
    ['[::1]:5000/a:1', 'http://[::1]:5000/v2/a/manifests/1'],
    ['127.0.0.1.example.com/a:1', 'https://127.0.0.1.example.com/v2/a/manifests/1'],
    ['localhost.example.com/a:1', 'https://localhost.example.com/v2/a/manifests/1'],
    ['10.0.0.1:5000/a:1', 'https://10.0.0.1:5000/v2/a/manifests/1'],
  ])('of %s is %s', (text, url) => {
    expect(manifestUrl(parseReference(text)).href).toBe(url);
  });

  it('is of the loopback interface for all of 127.0.0.0/8', () => {
    expect(isLoopback(new URL('http://127.1'))).toBe(true);
    expect(isLoopback(new URL('http://128.0.0.1'))).toBe(false);
  });
});
