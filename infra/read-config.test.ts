import { describe, expect, it } from 'vitest';
import { asConfiguration } from '../test/stack/variants.ts';
import { readStackConfig } from './read-config.ts';

/** The lines of what is wrong. */
function problems(keys: Readonly<Record<string, unknown>>): string[] {
  try {
    readStackConfig(asConfiguration(keys));
    return [];
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toBe('The configuration of this stack is not valid:');
    return lines.map((line) => line.trim());
  }
}

describe('reading the configuration of a stack', () => {
  it('has a default for every key', () => {
    expect(readStackConfig({})).toMatchObject({ namespace: 'ballast', environment: 'development' });
  });

  it('reads objects that come as JSON, and leaves other projects their keys', () => {
    const config = readStackConfig({
      'ballast:redis': '{"maxMemory":"1gb"}',
      'ballast:namespace': 'rag',
      'kubernetes:context': 'somewhere',
    });
    expect(config.redis.maxMemory).toBe('1gb');
    expect(config.namespace).toBe('rag');
  });

  it('takes text for text, also when it looks like a number or a flag', () => {
    const config = readStackConfig({ 'ballast:namespace': '2024', 'ballast:context': 'true' });
    expect([config.namespace, config.context]).toEqual(['2024', 'true']);
  });

  it('names the key, the value and what is allowed, for every problem at once', () => {
    expect(
      problems({
        namespace: 'Not_A_Label',
        redis: { storage: { size: '10G' } },
        api: { replicas: 0 },
        tei: { use: 'of' },
      }),
    ).toEqual([
      'ballast:namespace is "Not_A_Label": a DNS label of at most 40 characters',
      'ballast:api.replicas is 0: Too small: expected number to be >=1',
      'ballast:tei.use is "of": Invalid option: expected one of "bundled"|"external"|"off"',
      'ballast:redis.storage.size is "10G": a whole number of Ki, Mi, Gi or Ti, such as 512Mi or 10Gi',
    ]);
  });

  it('says that a broken object is neither text nor JSON', () => {
    expect(() => readStackConfig({ 'ballast:redis': '{"a":' })).toThrow('ballast:redis is neither text nor JSON');
  });

  it('names the one of several kinds that was meant, and what is wrong inside it', () => {
    const receivers = (receiver: object) => problems({ alertmanager: { receivers: { critical: [receiver] } } });
    expect(receivers({ type: 'slack', credential: 'slack', chanel: '#alerts' })).toEqual([
      'ballast:alertmanager.receivers.critical.0.channel: Invalid input: expected string, received undefined',
      'ballast:alertmanager.receivers.critical.0.chanel: there is no such key; did you mean channel? ' +
        'Allowed: type, credential, channel',
    ]);
    expect(receivers({ type: 'webhook', credential: 'hook', channel: '#alerts' })).toEqual([
      'ballast:alertmanager.receivers.critical.0.channel: there is no such key; allowed: type, credential, origin, egress',
    ]);
    expect(receivers({ type: 'slak' })).toEqual([
      expect.stringMatching(/critical\.0\.type is "slak": .*'slack' \| 'pagerduty' \| 'webhook' \| 'email'/),
    ]);
    expect(problems({ gateway: { trustedProxies: ['10.0.0.0/8', '10.0.0.0/33'] } })).toEqual([
      'ballast:gateway.trustedProxies.1 is "10.0.0.0/33": a CIDR range such as 10.0.0.0/8',
    ]);
  });
});

describe('an unknown key', () => {
  it('is refused with the one that was meant', () => {
    expect(problems({ redis: { maxMemry: '1gb' } })).toEqual([
      expect.stringMatching(
        /^ballast:redis\.maxMemry: there is no such key; did you mean maxMemory\? Allowed: use, .*maxMemory/,
      ),
    ]);
    expect(problems({ rediss: {} })[0]).toContain('ballast:rediss: there is no such key; did you mean redis?');
  });

  it('is refused with all that are allowed when none is alike', () => {
    expect(problems({ redis: { zzzzzzzzz: 1 } })[0]).toContain('there is no such key; allowed: use');
  });

  it('is found in the models of a user, and among secrets to rotate', () => {
    const model = { provider: 'openai/gpt', pricePer1k: { input: 1, output: 1 }, breker: {} };
    expect(problems({ models: { served: { chat: model } } })[0]).toContain(
      'ballast:models.served.chat.breker: there is no such key; did you mean breaker? Allowed: provider, apiBase',
    );
    expect(problems({ rotation: { 'redis-aut': 2 } })[0]).toMatch(
      /^ballast:rotation\.redis-aut: there is no such key; did you mean redis-auth\? Allowed: .*qdrant-keys/,
    );
  });

  it.each(['PORT', 'REDIS_URL', 'JWT_SECRET', 'REQUEST_TIMEOUT_SECS', 'SHUTDOWN_DRAIN_SECS', 'MODELS_FILE'])(
    'is a variable of the service that follows from the rest: %s',
    (name) => {
      expect(problems({ api: { environment: { [name]: '1' } } })).toEqual([
        expect.stringMatching(`^ballast:api\\.environment\\.${name}: there is no such key; .*RATE_LIMIT_PER_MINUTE`),
      ]);
    },
  );

  it('is a variable of the service that is secret, since these are in plain sight', () => {
    expect(problems({ api: { environment: { SENTRY_DSN: 'https://hunter2@sentry.example.com/1' } } })).toEqual([
      expect.stringMatching(/^ballast:api\.environment\.SENTRY_DSN: there is no such key/),
    ]);
  });
});

describe('a secret in a wrong configuration', () => {
  it.each([
    [{ credentials: 'hunter2' }, 'ballast:credentials has a value that is not allowed: '],
    [{ credentials: { openai: { key: 'hunter2' } } }, 'ballast:credentials.openai has a value that is not allowed: '],
    [{ credentials: { openai: ['hunter2'] } }, 'ballast:credentials.openai has a value that is not allowed: '],
    [{ credentials: { 'open-ai': 'hunter2' } }, 'ballast:credentials.open-ai: a name in ballast:credentials: '],
    [{ credentials: { openai: '' } }, 'ballast:credentials.openai has a value that is not allowed: Too small'],
    [
      { redis: { use: 'external', url: 'rediss://me:hunter2@cache.example.com' } },
      'ballast:redis.url is "rediss://***@cache.example.com": a URL without a password',
    ],
    [
      { mlflow: { database: { address: 'postgresql://me:hunter2@db.data', credential: 'store' } } },
      'ballast:mlflow.database.address is "postgresql://***@db.data": an address without a password',
    ],
    [
      { api: { environment: { JWKS_URL: 'http://me:hunter2@id.example.com' } } },
      'ballast:api.egress: http://***@id.example.com: say in "egress"',
    ],
  ])('is not shown (%#)', (keys, expected) => {
    const [line, ...more] = problems(keys);
    expect(line).toContain(expected);
    expect(line).not.toContain('hunter2');
    expect(more).toEqual([]);
  });
});
