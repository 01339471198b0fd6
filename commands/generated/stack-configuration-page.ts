import { stackSchema } from '../../infra/config.ts';
import { stackSettings, type StackSetting } from './stack-settings.ts';

/** The handbook's page of a stack's configuration: a table for each key `ballast:<key>`. */
export function stackConfigurationPage(): string {
  const keys = Object.entries(stackSchema.shape).map(([key, schema]) => stackSettings(key, schema));
  const simple = keys.filter((settings) => settings.length === 1).flat();
  const sections = keys.filter((settings) => settings.length > 1).map(section);
  return `${[introduction, table(simple), ...sections].join('\n\n')}\n`;
}

const introduction = `# Stack configuration

<!-- Made by \`npm run generate\` from infra/config.ts. -->

A stack is configured in its file \`Pulumi.<stack>.yaml\`, under \`config:\`, each key with the prefix \`ballast:\`. Every key of a
stack's configuration has a default, so that a stack's file says only what is different. A wrong key or value stops the
program before it makes any resource, with the key, the value and what is allowed. The secret values of a stack are in
\`ballast:credentials\` alone, which \`pulumi config set --secret\` encrypts.

In a path of the tables, \`NAME\` stands for a name that you choose, \`[]\` for each element of a list, and \`[slack]\` for each
element whose \`type\` is \`slack\`. A key without a default is unset.

## Keys for the whole stack`;

function section([first, ...rest]: readonly StackSetting[]): string {
  if (first === undefined) throw new Error('a key has no rows');
  return `## \`ballast:${first.path}\`\n\n${first.meta.description}\n\n${table(rest)}`;
}

function table(settings: readonly StackSetting[]): string {
  const lines = settings.map(({ path, meta, default: value }) => {
    const shown = value === undefined ? '' : code(value);
    return `| \`${path}\` | ${escapeCell(meta.description)} | ${shown} | ${code(meta.example)} |`;
  });
  return ['| Key | Meaning | Default | Example |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** What Markdown would take for markup, but for what stands between backticks. */
function escapeCell(text: string): string {
  const escaped = text
    .split(/(`[^`]*`)/)
    .map((piece) => (piece.startsWith('`') ? piece : piece.replaceAll('*', '\\*').replaceAll('<', '&lt;')));
  return escaped.join('').replaceAll('|', '\\|');
}
