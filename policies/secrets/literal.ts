/** Where a shell puts the value in. Kubernetes itself knows only `$(NAME)`: in a variable of a container this is a value. */
const shellReference = /(?:^|[\s:])\$[A-Za-z_]\w*/;

/** Where something else puts the value in: `$(NAME)`, `${NAME}`, `{{ .Values.name }}`, `os.environ/NAME`, `vault:path`. */
const references = [
  /\$\([^)]*\)/,
  /\$(?:__\w+)?\{[^}]*\}/,
  /\{\{[^]*\}\}/,
  /<%[^]*%>/,
  /%\(\w+\)s/,
  /^%\w+%$/,
  /^\{[A-Za-z_]\w*\}$/,
  /^os\.environ[/.[]/,
  /^(?:env|process\.env)[.:]/i,
  /^(?:arn|aws|azure|file|gcp|kms|op|secret|secretref|sops|ssm|vault|ref\+\w+):/i,
  /^ENC\[/,
];

/** What stands for a value that is not shown, or not given. */
const placeholders = [
  /^$/,
  /^(?:[*x.•_-])+$/i,
  /^<[^>]*>$/,
  /^\[[^\]]*\]$/,
  /^(?:true|false|yes|no|on|off|none|null|nil|undefined|enabled|disabled)$/i,
];

/** Where files and interfaces of web servers are; base64 may begin with a slash too. */
const roots =
  'api auth app apps bin cache certs code config conf credentials data dev etc home keys login lib media mnt oauth oauth2 opt private proc ' +
  'root run secret secrets srv sys tls tmp token usr v1 v2 var vault volumes work workspace';

/** What files with a secret end with, wherever they are. Base64 has no dot. */
const extensions =
  'asc cer cert cfg cnf conf crt csv der env gpg ini jks json jwk jwks jwt kdbx key keystore keytab kubeconfig p12 p8 pem pfx ' +
  'properties secret token toml txt xml yaml yml';

/** Places where a value is: a path of several segments or to a file, or a URL. A URL with a password is a credential by itself. */
const places = [
  new RegExp(String.raw`^(?:~|\.{1,2}|\/(?:${roots.replaceAll(' ', '|')}))(?:\/[\w.@:-]+)+\/?$`),
  new RegExp(String.raw`^(?:\/[\w.@:-]+)*\/[\w.@:-]*\.(?:${extensions.replaceAll(' ', '|')})$`),
  /^[a-z][a-z0-9+.-]{1,20}:\/\/\S*$/i,
  /^urn:[a-z0-9][a-z0-9-]{0,31}:\S+$/i,
];

/** What a schema says in place of a value, and what a browser is told about credentials. */
const words = /^(?:any|bool|boolean|bytes|int|integer|number|object|str|string|include|omit|same-origin)$/;

/** What holds a value: in a `variable` of a container only Kubernetes puts something in, in a `text` a shell may. */
export type Holder = 'variable' | 'text';

/** Whether something else puts the value in, or a part of it. */
export const isReference = (value: string, holder: Holder): boolean =>
  references.some((pattern) => pattern.test(value)) || (holder === 'text' && shellReference.test(value));

/** Whether a text stands for a value that is not shown or not given: `***`, `<password>`, `none`. */
export const isPlaceholder = (value: string): boolean => placeholders.some((pattern) => pattern.test(value));

/** Whether a value is what it says: not a reference to one, nor the place of one, nor a placeholder. */
export const isLiteral = (value: string, holder: Holder): boolean =>
  !isReference(value, holder) && ![...placeholders, ...places, words].some((pattern) => pattern.test(value));
