/** A secret as somebody may send or print it, and the part of it that nobody else may ever see. */
export interface PlantedSecret {
  readonly text: string;
  readonly secret: string;
}

/** In two halves here: whoever looks for secrets in a repository takes them for real ones. */
const key = (prefix: string, rest: string): string => prefix + rest;

const plain = (text: string): PlantedSecret => ({ text, secret: text });
const named = (before: string, secret: string, after = ''): PlantedSecret => ({
  text: before + secret + after,
  secret,
});

/** One secret of each kind that the service knows by its looks. None is real. */
export const plantedSecrets: Readonly<Record<string, PlantedSecret>> = {
  'a JSON Web Token': plain(key('eyJhbGciOiJIUzI1NiJ9.', 'eyJ0ZW5hbnQiOiJwbGFudGVkIn0.cGxhbnRlZC1zaWduYXR1cmU')),
  'a bearer token': named('Bearer ', 'planted-opaque-0123456789'),
  'basic credentials': named('Basic ', 'cGxhbnRlZDpwYXNzd29yZA=='),
  'credentials in a URL': named('redis://', 'planted:p4ss-word', '@cache.internal:6379/0'),
  'a DSN of Sentry': named('https://', '0123456789abcdef0123456789abcdef', '@o1.ingest.sentry.io/42'),
  'a key of OpenAI': plain(key('sk-', 'proj-Planted0123456789abcdefghij')),
  'a key of Anthropic': plain(key('sk-', 'ant-api03-Planted_0123456789-abcdefghij')),
  'an access key ID of AWS': plain(key('AK', 'IAPLANTED012345678')),
  'a secret key of AWS by name': named('aws_secret_access_key=', 'plantedAbCdEfGhIjKlMnOpQrStUvWxYz0/+2345'),
  'a secret key of AWS beside its ID': {
    text: key('AK', 'IAPLANTED012345678 plantedAbCdEfGhIjKlMnOpQrStUvWxYz/+23456'),
    secret: 'plantedAbCdEfGhIjKlMnOpQrStUvWxYz/+23456',
  },
  'a token of GitHub': plain(key('gh', 'p_Planted0123456789abcdefghijklmnopqrs')),
  'a fine-grained token of GitHub': plain(key('github', '_pat_11PLANTED0abcdefghijkl_0123456789mnopqrstuvwxyz')),
  'a token of Slack': plain(key('xox', 'b-123456789012-123456789012-PlantedAbCdEfGhIj')),
  'a key of Google': plain(key('AI', 'zaSyPlanted0123456789abcdefghijklmnopqr')),
  'a token of Hugging Face': plain(key('hf', '_PlantedAbCdEfGhIjKlMnOpQrStUvWxYz')),
  'an e-mail address': plain('ada.planted+rag@mail.example.com'),
  'a private key': named(
    '-----BEGIN RSA PRIVATE KEY-----\n',
    'MIIEplantedAbCdEfGhIjKlMnOpQrStUvWxYz\n0123456789plantedAAAA',
    '\n-----END RSA PRIVATE KEY-----',
  ),
  'a password by name': named('password="', 'planted with \\"quotes\\" in it', '"'),
  'a token by name': named('access_token=', 'planted-by-name'),
  'a cookie': named('Cookie: ', 'sid=planted-session; theme=planted', '\n'),
};
