import { describe, expect, it } from 'vitest';
import { variables } from '../../../service/contract/config.ts';
import { apiEnvironment } from './environment.ts';
import { apiSettings, imageName, isDerived } from './settings.ts';
import service from '../../../service/package.json' with { type: 'json' };

const problems = (settings: object) =>
  apiSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the settings of the API', () => {
  it("are one copy of the service's own version by default", () => {
    const settings = apiSettings.parse({});
    expect(settings).toMatchObject({ replicas: 1, requestTimeoutSeconds: 60, environment: {} });
    expect(imageName(settings.image)).toBe(`ghcr.io/ballast/ballast-api:${service.version}`);
  });

  it.each(['latest', '', 'a b', '-x', 'x'.repeat(129)])('refuse the tag %j', (tag) => {
    expect(problems({ image: { tag } })).toEqual(['image.tag: a tag, but not latest']);
  });

  it('take a tag that only begins like latest', () => {
    expect(problems({ image: { tag: 'latest-2' } })).toBeUndefined();
  });

  it('refuse a digest that is none, also of the canary', () => {
    const sentence = 'a digest: sha256: and 64 hexadecimal digits';
    expect(problems({ image: { digest: `sha256:${'A'.repeat(64)}` } })).toEqual([`image.digest: ${sentence}`]);
    expect(problems({ canary: { digest: 'sha256:0', weight: 1 } })).toEqual([`canary.digest: ${sentence}`]);
  });

  it('refuse fewer copies at most than at least', () => {
    expect(problems({ scaling: { min: 4, max: 3 } })).toEqual(['scaling.max: at least min']);
    expect(problems({ scaling: { min: 4, max: 4 } })).toBeUndefined();
  });

  it('refuse a share of the canary above all requests', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(problems({ canary: { digest, weight: 101 } })).toHaveLength(1);
    expect(problems({ canary: { digest, weight: 100 } })).toBeUndefined();
  });

  it('refuse a time for one request whose drain the service would refuse', () => {
    expect(problems({ requestTimeoutSeconds: 596 })).toHaveLength(1);
    expect(problems({ requestTimeoutSeconds: 595 })).toBeUndefined();
  });
});

describe('the variables that a stack sets', () => {
  const settable = variables()
    .map(({ name }) => name)
    .filter(
      (name) =>
        problems({ environment: { [name]: 'http://it.example' } })?.[0] !==
        'environment: Unrecognized key: "' + name + '"',
    );

  it('are those that neither follow from the rest nor are secret', () => {
    const expected = variables().filter(({ name, meta }) => !isDerived(name) && !meta.secret);
    expect(settable).toEqual(expected.map(({ name }) => name));
    expect(settable).toEqual(expect.arrayContaining(['LOG_LEVEL', 'LOG_FORMAT', 'JWKS_URL', 'RATE_LIMIT_PER_MINUTE']));
  });

  it('are none that the program gives itself', () => {
    const url = { url: 'http://it', connection: { to: 'internet' }, secret: { secret: 'it', key: 'key' } } as const;
    const { environment, secretEnvironment } = apiEnvironment(
      {
        ...apiSettings.parse({}),
        imageReference: '',
        stackEnvironment: 'production',
        upstreams: { llm: url, vectorStore: url, embeddings: url, cache: url },
        modelTable: '',
        trustedProxies: ['10.0.0.0/8'],
        admits: [],
        replicationFactor: 1,
        rotation: 1,
      },
      5,
    );
    const given = [...Object.keys(environment), ...Object.keys(secretEnvironment)];
    expect(given.filter((name) => (settable as string[]).includes(name))).toEqual([]);
  });
});
