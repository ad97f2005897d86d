import type { VariableDoc } from '@relay/service-kit/config';
import type { ServiceVariables } from './variables.ts';

const HEAD = `<!-- Made by \`npm run docs\`: change the services' schemas, not this page. -->

# Configuration

A service reads its environment once, at its start. An empty variable counts as unset. What is wrong
is said in one line that names every wrong variable, and the process exits with 78: starting it again
does not help. A \`RELAY_…\` variable that the service does not know is a warning in its log.

A secret can come from a file instead: \`REDIS_URL_FILE=/run/secrets/redis-url\` in place of
\`REDIS_URL\`. Both together are refused. A line end at the end of the file is dropped. Secrets are
never printed, neither in logs nor in messages of errors.
`;

/** `docs/configuration.md`. */
export function configurationPage(services: readonly ServiceVariables[]): string {
  return [HEAD, ...services.map(sectionOf)].join('\n');
}

function sectionOf({ service, variables }: ServiceVariables): string {
  return [
    `## ${service}`,
    '',
    '| variable | default | meaning |',
    '|---|---|---|',
    ...variables.map(rowOf),
    '',
  ].join('\n');
}

function rowOf({ name, required, description, secret, file, default: value }: VariableDoc): string {
  const fallback = value === undefined ? (required ? '**required**' : '–') : `\`${value}\``;
  const notes = secret ? ['Secret.'] : [];
  if (file !== undefined) notes.push(`Or \`${file}\`.`);
  const meaning = [description, ...notes].join(' ').replaceAll('|', '\\|');
  return `| \`${name}\` | ${fallback} | ${meaning} |`;
}
