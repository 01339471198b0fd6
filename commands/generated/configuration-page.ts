import { variables } from '../../service/contract/config.ts';
import { formatDefault } from './environment-example.ts';

/** The handbook's page of environment variables, a table for each group. */
export function configurationPage(): string {
  const groups = Map.groupBy(variables(), ({ meta }) => meta.group);
  const sections = [...groups].map(([group, members]) =>
    [
      `## ${group} variables`,
      '',
      '| Variable | What the variable sets | Default | Allowed |',
      '| --- | --- | --- | --- |',
      ...members.map(({ name, meta, default: value }) => {
        const text = formatDefault(value);
        const secret = meta.secret ? ' Secret: never printed.' : '';
        const shown = text === '' ? 'unset' : `\`${text}\``;
        return `| \`${name}\` | ${escapeCell(meta.description + secret)} | ${shown} | ${escapeCell(meta.allowed)} |`;
      }),
    ].join('\n'),
  );
  return `${introduction}\n\n${sections.join('\n\n')}\n`;
}

const introduction = `# Configuration

<!-- Made by \`npm run generate\` from service/contract/config.ts. -->

The service is configured by environment variables. Environment variables are read once, at the start, so a change takes
effect at the next start. The command \`npm run up\` passes its own environment on to the service, as in
\`PORT=8001 npm run up\`. The command \`npm run up\` also reads variables from a file named \`.env\` in the repository, where
the environment does not set them; \`.env.example\` shows each variable.

A wrong value stops the service with exit code 78 and a list of every problem: the variable's name, the value that was
given, and what is allowed. The value of a secret is never shown. An empty variable counts as unset. \`GET /config\`
shows the effective configuration with secrets redacted.`;

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*');
}
