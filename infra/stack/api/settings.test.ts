import { describe, expect, it } from 'vitest';
import { variables } from '../../../service/contract/config.ts';
import { apiEnvironment } from './environment.ts';
import { apiSettings, imageName, isDerived, longestAnswerSeconds, sentryLink, slowSeconds } from './settings.ts';
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

describe('the way to Sentry', () => {
  const link = (sentry: object) => sentryLink(apiSettings.parse({ sentry: { credential: 'sentryDsn', ...sentry } }));

  it('is there only when incidents are reported', () => {
    expect(sentryLink(apiSettings.parse({}))).toBeUndefined();
  });

  it('is the internet, and elsewhere when it is told so', () => {
    expect(link({})?.connection).toEqual({ to: 'internet' });
    expect(link({ url: 'http://sentry.errors:9000' })?.connection).toEqual({
      to: 'namespace',
      namespace: 'errors',
      ports: [9000],
    });
    const elsewhere = { url: 'https://sentry.example.com:8443', egress: { cidrs: ['10.1.0.0/16'] } };
    expect(link(elsewhere)?.connection).toEqual({ to: 'addresses', cidrs: ['10.1.0.0/16'], ports: [8443] });
  });

  it('brings its DSN as a secret, by name', () => {
    expect(link({})).toMatchObject({
      secret: { secret: 'sentry', key: 'dsn' },
      secrets: [{ name: 'sentry', keys: { dsn: { from: 'credential', credential: 'sentryDsn' } } }],
    });
  });

  it('is refused where it is not known where that is', () => {
    const sentry = { credential: 'sentryDsn', url: 'https://sentry.example.com:8443' };
    expect(problems({ sentry })?.[0]).toMatch(/^sentry\.egress: .*say in "egress"/);
    expect(problems({ sentry: { credential: 'sentryDsn', url: 'udp://sentry' } })).toEqual([
      'sentry.url: a URL that starts with https:// or http://',
    ]);
  });
});

describe('the time from which a request is slow', () => {
  it("is the service's own, unless the stack sets another", () => {
    expect(slowSeconds(apiSettings.parse({}))).toBe(5);
    expect(slowSeconds(apiSettings.parse({ environment: { TRACE_SLOW_SECS: '0.5' } }))).toBe(0.5);
    expect(slowSeconds(apiSettings.parse({ environment: { TRACE_SLOW_SECS: '' } }))).toBe(5);
  });
});

describe('the longest time for one answer', () => {
  it.each([
    [60, 300],
    [595, 595],
  ])('with %d s to the first token is %d s', (requestTimeoutSeconds, longest) => {
    expect(longestAnswerSeconds(apiSettings.parse({ requestTimeoutSeconds }))).toBe(longest);
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
        otelCollector: url,
        errorReports: url,
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
