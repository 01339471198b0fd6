import { variables } from '../../service/contract/config.ts';

/** `.env.example`: each variable, commented out, with its default. */
export function environmentExample(): string {
  const blocks = variables().map(({ name, meta, default: value }) =>
    [`# ${meta.description}`, `# Allowed: ${meta.allowed}.`, `#${name}=${formatDefault(value)}`].join('\n'),
  );
  return ['# Made by `npm run generate` from service/contract/config.ts.', ...blocks].join('\n\n') + '\n';
}

/** A default as it is written in an environment variable; nothing for one that is unset. */
export function formatDefault(value: string | number | boolean | readonly string[] | undefined): string {
  return value === undefined ? '' : String(value);
}
