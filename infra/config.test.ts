import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asConfiguration } from '../test/stack/variants.ts';
import { stackSchema } from './config.ts';
import { readStackConfig } from './read-config.ts';

/** What is wrong with a configuration, a line each. */
const issues = (keys: object): string[] =>
  (stackSchema.safeParse(keys).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a part that is elsewhere', () => {
  const parts = ['redis', 'qdrant', 'tei', 'litellm', 'mlflow', 'prometheus', 'alertmanager', 'otelCollector'];
  const external = [...parts, 'jaeger', 'loki'];
  const scheme = (part: string) => (part === 'redis' ? 'rediss' : 'https');
  const artifacts = { destination: 's3://some/folder', accessKey: 'key', secretKey: 'secret' };
  const withUrl = (part: string, url?: string) => issues({ [part]: { use: 'external', url } });

  it.each(external)('has a URL (%s)', (part) => {
    expect(withUrl(part)).toEqual([`${part}.url: needed with use: external`]);
  });

  it.each(external)('has a URL that is one (%s)', (part) => {
    expect(withUrl(part, 'nonsense')).toEqual([`${part}.url: Invalid URL`]);
  });

  it.each(external)('has a URL of a scheme that the part speaks (%s)', (part) => {
    expect(withUrl(part, 'ftp://it.example.com')).toEqual([
      expect.stringMatching(`^${part}\\.url: a URL that starts with (rediss or redis|https or http|http or https)://$`),
    ]);
  });

  it.each(external)('has no password in its URL (%s)', (part) => {
    expect(withUrl(part, `${scheme(part)}://me:hunter2@it.example.com:443`)).toEqual([
      `${part}.url: a URL without a password, which belongs in ballast:credentials`,
    ]);
  });

  it.each(external)('says which addresses it has where its name does not (%s)', (part) => {
    const url = `${scheme(part)}://it.example.com:1234`;
    expect(withUrl(part, url)).toEqual([
      expect.stringMatching(`^${part}\\.egress: ${url}: say in "egress" which addresses this is`),
    ]);
    const told = { use: 'external', url, egress: { cidrs: ['10.0.0.0/8'] } };
    // An Alertmanager of the stack's own would get nothing from an existing Prometheus.
    expect(issues({ alertmanager: { use: 'off' }, [part]: told })).toEqual([]);
  });

  it("is also the operator's Prometheus, whose URL need not be given", () => {
    const cluster = { prometheusOperator: true };
    const operator = (url?: string) => issues({ cluster, prometheus: { use: 'operator', url } });
    expect(operator()).toEqual([]);
    expect(operator('http://prometheus.example.com')).toEqual([expect.stringMatching(/^prometheus\.egress: /)]);
  });

  it.each([
    ['backup.objectStorage', { backup: { objectStorage: { bucket: 'some', endpoint: 'nonsense' } } }],
    ['mlflow.artifacts', { mlflow: { artifacts: { ...artifacts, endpoint: 'nonsense' } } }],
    ['models.served.a', { models: { served: { a: { provider: 'openai/a', apiBase: 'nonsense' } } } }],
  ])('is not asked for its addresses where its URL is none (%s)', (key, keys) => {
    const places = issues(keys).filter((line) => line.startsWith(key));
    expect(places).toContainEqual(expect.stringMatching(/\.(endpoint|apiBase): (Invalid URL|a URL )/));
    expect(places).not.toContainEqual(expect.stringContaining('egress'));
  });

  it('is where alerts go by a webhook', () => {
    const webhook = { type: 'webhook', credential: 'hook', origin: 'http://oncall.example.com' };
    expect(issues({ alertmanager: { receivers: { critical: [webhook] } } })).toEqual([
      expect.stringMatching(/^alertmanager\.receivers\.critical\.0\.egress: .* say in "egress"/),
    ]);
  });

  it('is the identity provider of the API', () => {
    const environment = { JWKS_URL: 'http://id.example.com:8080/keys' };
    expect(issues({ api: { environment } })).toEqual([
      expect.stringMatching(/^api\.egress: http:\/\/id\.example\.com:8080\/keys: say in "egress"/),
    ]);
    expect(issues({ api: { environment, egress: { cidrs: ['10.1.0.0/16'] } } })).toEqual([]);
  });
});

describe('any configuration', () => {
  const text = fc.oneof(
    fc.webUrl(),
    fc.constantFrom('', 'https://', 'redis://[fd00::1]', 'http://a:b@c', 'rediss://x.svc', 'http://vault:443', '%'),
    fc.string(),
  );
  const quantity = fc.oneof(fc.constantFrom('1', '1Gi', '100m', '1.5', '', 'x'), fc.string());
  const bounds = fc.record({ request: quantity, limit: quantity }, { requiredKeys: [] });
  const part = fc.record(
    {
      resources: fc.record({ cpu: bounds, memory: bounds }, { requiredKeys: [] }),
      use: fc.constantFrom('bundled', 'external', 'off', 'operator'),
      url: text,
      egress: fc.record({ cidrs: fc.array(text) }),
    },
    { requiredKeys: [] },
  );
  const keys = fc.record(
    {
      redis: part,
      qdrant: part,
      mlflow: fc.record({ database: fc.record({ address: text, credential: text }) }, { requiredKeys: [] }),
      prometheus: part,
      alertmanager: fc.record({ receivers: fc.record({ critical: fc.array(fc.record({ origin: text })) }) }),
      backup: fc.record({ objectStorage: fc.record({ bucket: fc.constant('some'), endpoint: text }) }),
      api: fc.record({ environment: fc.record({ JWKS_URL: text }), replicas: fc.integer() }, { requiredKeys: [] }),
      models: fc.record({ served: fc.dictionary(fc.string(), fc.record({ apiBase: text })) }),
    },
    { requiredKeys: [] },
  );

  it('is read, or refused by the key: nothing else is ever thrown', () => {
    fc.assert(
      fc.property(keys, (given) => {
        try {
          readStackConfig(asConfiguration(given));
        } catch (error) {
          expect(String(error)).toContain('The configuration of this stack is not valid:\n  ballast:');
        }
      }),
    );
  });
});
