import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { secretsIn } from './find.ts';

const lower = fc.stringMatching(/^(?:db|web|team|prod)$/);
/** What calls a value secret, as words. */
const term = fc.constantFrom(['password'], ['passphrase'], ['secret'], ['token'], ['api', 'key'], ['private', 'key']);
/** What says that it is something else about the secret. */
const description = fc.constantFrom(
  ...['file', 'path', 'name', 'url', 'ttl', 'length', 'enabled', 'policy', 'id', 'attribute', 'alg', 'headers'],
);
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const styles: readonly ((words: readonly string[]) => string)[] = [
  (words) => words.join('_'),
  (words) => words.join('_').toUpperCase(),
  (words) => words.join('-'),
  (words) => words.join('.'),
  ([first = '', ...rest]) => first + rest.map(capital).join(''),
  (words) => words.map(capital).join(''),
];
const style = fc.constantFrom(...styles);
/** What a generated password looks like. */
const password = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{10,30}[0-9]$/);

/** One of each format. They are made here, so that no scanner of this repository takes them for real. */
const credentials: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'an access key of AWS': fc.stringMatching(/^AKIA[A-Z2-7]{16}$/),
  'a token of GitHub': fc.stringMatching(/^(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{22,82})$/),
  'a token of GitLab': fc.stringMatching(/^glpat-[A-Za-z0-9_-]{20}$/),
  'a token of Slack': fc.stringMatching(/^xox[abp]-[0-9]{11}-[A-Za-z0-9]{24}$/),
  'an API key that begins with sk-': fc.stringMatching(/^sk-(?:proj-|ant-api03-)?[0-9][A-Za-z0-9_-]{30,90}$/),
  'a key of Stripe': fc.stringMatching(/^[rs]k_(?:live|test)_[A-Za-z0-9]{24}$/),
  'an API key of Google': fc.stringMatching(/^AIza[A-Za-z0-9_-]{35}$/),
  'a token of npm': fc.stringMatching(/^npm_[A-Za-z0-9]{36}$/),
  'a token of Hugging Face': fc.stringMatching(/^hf_[A-Za-z0-9]{34}$/),
  'a token of Vault': fc.stringMatching(/^hvs\.[A-Za-z0-9_-]{24,90}$/),
  'a JSON Web Token': fc.stringMatching(/^eyJ[\w-]{20}\.eyJ[\w-]{20}\.[\w-]{43}$/),
  'a private key': fc.constantFrom('', 'RSA ', 'EC ', 'OPENSSH ').map((kind) => `-----BEGIN ${kind}PRIVATE KEY-----`),
  'an Authorization header': fc.stringMatching(/^Bearer [A-Za-z]{10,20}[0-9][A-Za-z0-9]{10}$/),
  'a URL with a password': password.map((value) => `postgres://web:${value}@db:5432/shop`),
};
/** What stands around a credential: nothing that could be a part of it. */
const around = fc.constantFrom('', ' ', '\n', '"', "'", ' # ', '(', ' value: ');

describe('secrets in a value', () => {
  test('are found by the name, however its words are put together', () => {
    fc.assert(
      fc.property(style, fc.option(lower), term, password, (join, prefix, words, value) => {
        const name = join([...(prefix === null ? [] : [prefix]), ...words]);
        expect(secretsIn(name, value, []), name).toEqual(['a literal value']);
        expect(secretsIn(name, value, [name])).toEqual([]);
      }),
    );
  });

  test('are none where the name tells something about the secret', () => {
    fc.assert(
      fc.property(style, term, description, password, (join, words, more, value) => {
        expect(secretsIn(join([...words, more]), value, [])).toEqual([]);
      }),
    );
  });

  test('are none where the value is a reference, the place of a value, or none', () => {
    const reference = fc
      .tuple(fc.constantFrom('$(X)', '${X}', '$X', '{{ .X }}', 'os.environ/X', 'env:X', '%X%'), style, term)
      .map(([form, join, words]) => form.replace('X', join(words).replace(/[^A-Za-z_]/g, '_')));
    const none = fc.constantFrom(
      '',
      'true',
      'none',
      '***',
      '<password>',
      '/run/secrets/x',
      '/var/run/secrets/kubernetes.io/x',
      '~/.token',
      './x',
      '/creds/sa.json',
      'https://example.com/x',
    );
    fc.assert(
      fc.property(style, term, fc.oneof(reference, none), (join, words, value) => {
        expect(secretsIn(join(words), value, [])).toEqual([]);
        expect(secretsIn('app.yaml', stringify({ app: { [join(words)]: value } }), [])).toEqual([]);
      }),
    );
  });

  test('are found where a shell would put something in, but Kubernetes does not', () => {
    expect(secretsIn('DB_PASSWORD', '$NAME', [])).toEqual([]);
    expect(secretsIn('DB_PASSWORD', '$NAME', [], 'variable')).toEqual(['a literal value']);
    expect(secretsIn('DB_URL', 'postgres://web:$NAME@db', [], 'variable')).toEqual([
      'a text with a URL with a password',
    ]);
    expect(secretsIn('DB_PASSWORD', '$(NAME)', [], 'variable')).toEqual([]);
  });

  test('are found in base64, whatever it begins with', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 48 });
    fc.assert(
      fc.property(bytes, (random) => {
        const value = `/${Buffer.from(random).toString('base64')}`;
        expect(secretsIn('API_KEY', value, []), value).toEqual(['a literal value']);
      }),
    );
  });

  test('are found under the name of a switch, unless the value is one', () => {
    const before = fc.constantFrom('allow', 'random', 'require');
    fc.assert(
      fc.property(style, before, lower, term, password, (join, word, more, words, value) => {
        const name = join([word, more, ...words]);
        expect(secretsIn(name, value, []), name).toEqual(['a literal value']);
        for (const on of ['0', '1', 'yes']) expect(secretsIn(name, on, []), name).toEqual([]);
      }),
    );
  });

  test.each(Object.entries(credentials))('are found by how they look: %s', (title, credential) => {
    fc.assert(
      fc.property(credential, around, around, (value, before, after) => {
        expect(secretsIn('text', before + value + after, [])).toContain(`a text with ${title}`);
      }),
    );
  });

  test('are found at any depth of YAML and JSON', () => {
    const path = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 5 });
    fc.assert(
      fc.property(
        path,
        style,
        term,
        password,
        fc.constantFrom(stringify, JSON.stringify),
        (at, join, words, value, write) => {
          const name = join(words);
          const text = write(at.reduceRight<unknown>((inner, key) => ({ [key]: inner }), { port: 80, [name]: value }));
          expect(secretsIn('app', text, [])).toEqual([`a text with a literal value of ${name}`]);
          expect(secretsIn('app', text, [name])).toEqual([]);
        },
      ),
    );
  });

  test('are never in what is said about them', () => {
    const name = fc.tuple(style, term).map(([join, words]) => join(words));
    const text = fc
      .tuple(name, password, fc.constantFrom('X', 'A: X', 'A=X', '{"A":"X"}', 'a://b:X@c', '--A=X'))
      .map(([key, value, form]) => ({ value, text: form.replace('A', key).replace('X', value) }));
    fc.assert(
      fc.property(name, text, (key, { value, text }) => {
        for (const said of [...secretsIn(key, text, []), ...secretsIn('any', text, [])])
          expect(said).not.toContain(value);
      }),
    );
  });

  test('are looked for in any text in little time', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (name, value) => void secretsIn(name, value, [])));
    for (const unit of [
      '<a>',
      'with ',
      '"auths":{',
      ' a=""',
      '<',
      'a',
      'a.',
      'a:',
      'eyJ',
      'token=',
      '://a:',
      ' ',
      '{"',
      '- ',
      'sk-',
    ]) {
      const begin = performance.now();
      secretsIn('text', unit.repeat(20_000), []);
      expect(performance.now() - begin, JSON.stringify(unit)).toBeLessThan(2_000);
    }
  });
});

describe('what is no secret', () => {
  test.each([
    [
      'a rule of Prometheus',
      'rules.yaml',
      'expr: sum by (secret) (kube_secret_info{namespace="shop", secret="web-tls"})\n',
    ],
    [
      'a count of tokens',
      'models.yaml',
      'models:\n  - max_tokens: 512\n    first_token: 1\n    cost_per_token: 0.002\n',
    ],
    [
      'a token of a language model',
      'tokenizer.json',
      '{"eos_token": "END", "pad_token": "PAD", "mask_token": "[MASK]"}',
    ],
    [
      'a file of nginx',
      'nginx.conf',
      'location / {\n  proxy_pass http://web:8080;\n  proxy_set_header Authorization $auth;\n}\n',
    ],
    [
      'a file of the collector',
      'otel.yaml',
      'exporters:\n  otlp:\n    headers:\n      authorization: Bearer ${env:TOKEN}\n',
    ],
    ['a certificate', 'ca.crt', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    [
      'a file of Grafana',
      'grafana.ini',
      '[security]\nadmin_password = $__file{/run/secrets/admin}\ncookie_secure = true\n',
    ],
    ['a comparison in a script', 'run.sh', 'if [ "$TOKEN" = "" ]; then echo "no token"; exit 1; fi\n'],
    [
      'words in kebab case',
      'labels.yaml',
      'name: task-manager-2-for-the-whole-team\nclass: ask-me-anything-about-1-thing\n',
    ],
  ])('%s', (_, name, text) => {
    expect(secretsIn(name, text, [])).toEqual([]);
  });
});
