import { parseAllDocuments, visit } from 'yaml';

/** A name in a text, and the value that the text gives it. */
export type Assignment = readonly [name: string, value: string];

/** A text in a text in a text; no deeper. */
const deepest = 3;

/** A text without any of these calls nothing secret, and need not be read. */
const mention = /auth|credential|key|pass|pwd|secret|token/i;

/** Files in which a value without quotes is an expression, not a text. */
const code = /\.(?:alloy|go|groovy|hcl|java|js|lua|mjs|php|pl|py|rb|river|star|tf|ts)$/;

/**
 * What a text gives to names, as far as secrets may be among it: the pairs of YAML or JSON, in whatever depth, the elements and
 * attributes of XML, and `name = value` of anything else.
 *
 * @param file What the text is called. It tells whether values without quotes are texts.
 */
export function assignmentsIn(text: string, file = '', depth = 0): Assignment[] {
  if (depth >= deepest || !mention.test(text)) return [];
  const structure = readStructure(text);
  if (structure === undefined) return [...linesOf(text, code.test(file)), ...markupOf(text)];
  return pairsOf(structure).flatMap(([name, value]): Assignment[] => [
    [name, value],
    ...assignmentsIn(value, name, depth + 1),
  ]);
}

/** What a text of YAML or JSON says; nothing for one that is neither, or no more than a text in them. */
function readStructure(text: string): object | undefined {
  if (!/^\s*[[{]|^\s*(?:- )?["']?[\w./-]+["']?:(?:\s|$)/m.test(text)) return undefined;
  const read = readJson(text) ?? readYaml(text);
  return typeof read === 'object' && read !== null ? read : undefined;
}

function readJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function readYaml(text: string): unknown {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent' });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
    // `!env NAME` and the like: what has a tag of somebody's own is not the text that stands there.
    for (const document of documents)
      visit(document, {
        Scalar: (_, node) => {
          if (node.tag?.startsWith('!') === true) node.value = null;
        },
      });
    const values = documents.map((document) => document.toJS() as unknown);
    return values.every((value) => typeof value === 'object') ? values : undefined;
  } catch {
    // Aliases that grow without bounds.
    return undefined;
  }
}

/** Every text and number in a structure with the name that it is under, and `{name: ..., value: ...}` as a pair too. */
function pairsOf(value: unknown, name = ''): Assignment[] {
  if (typeof value === 'string' || typeof value === 'number') return [[name, `${value}`]];
  if (Array.isArray(value)) return value.flatMap((each) => pairsOf(each, name));
  if (typeof value !== 'object' || value === null) return [];
  const own: Readonly<Record<string, unknown>> = { ...value };
  const called = own['name'] ?? own['key'];
  return [
    ...(typeof called === 'string' ? pairsOf(own['value'], called) : []),
    ...Object.entries(own).flatMap(([key, each]) => pairsOf(each, key)),
  ];
}

/** In quotes, also in those of TOML; or one word, in which references may be, and which does not go on as an expression does. */
const value = String.raw`("""\n?[^"\n]*\n?"""|'''\n?[^'\n]*\n?'''|"[^"\n]*"|'[^'\n]*'|(?:\$\{[^}\n]*\}|\$\([^)\n]*\)|[^\s"'()[\]{}<>|,;&])+)(?![^\s"',;&)\]}])`;
/** A line of its own: `name = value`, `name: "value",`, `export NAME=value`, and Redis' `requirepass value`. */
const line = new RegExp(
  String.raw`^[ \t]*(?:export |set |- )?["']?([A-Za-z_][\w.-]*)["']?` +
    String.raw`(?:[ \t]*[:=](?![=~])[ \t]*|(?<=requirepass|masterauth)[ \t]+)` +
    String.raw`${value}[ \t]*[,;]?[ \t]*(?:[#;].*)?$`,
  'gm',
);
/** One of several in a line: `host=db password=value`, `;Password=value;`, `--password=value`, `?token=value`. */
const inline = new RegExp(
  String.raw`(?<=^|[\s;?&"'])(?<![,{(][ \t]{0,4})(?:--?D?)?([A-Za-z_][\w.-]*)=(?![=~])${value}`,
  'gm',
);

function linesOf(text: string, quotedOnly: boolean): Assignment[] {
  const found = [...text.matchAll(line), ...text.matchAll(inline)].map(([, name = '', value = '']): Assignment => [
    name,
    value,
  ]);
  return found
    .filter(([, value]) => !quotedOnly || /^["']/.test(value))
    .map(([name, value]) => [name, value.replace(/^("""|'''|["'])([^]*)\1$/, '$2')]);
}

/** `<password>value</password>` */
const element = /<([A-Za-z_][\w.-]{0,100})>([^<>\n]{0,1000})<\/\1>/g;
/** `<property name="password" value="value"/>` */
const property = /\s(?:name|key)="([^"<>\n]{1,100})"\s+value="([^"<>\n]{0,1000})"/g;
/** `<user password="value"/>` */
const attribute = /\s([A-Za-z_][\w.-]{0,100})="([^"<>\n]{0,1000})"(?=[\s/>])/g;

function markupOf(text: string): Assignment[] {
  if (!/^\s*</.test(text)) return [];
  return [element, property, attribute].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, name = '', value = '']): Assignment => [name, value]),
  );
}
