// Writes the parts of docs/http-api.md that the contract tells: the routes, the problems, the roles and the limits.
// `npm run docs` in this package brings them up to date; a test fails while they are not.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  LIMITS,
  PROBLEMS,
  problem,
  ROLE_PERMISSIONS,
  ROUTES,
  type RouteDescriptor,
} from '../src/index.ts';
import { jsonSchemaOf } from '../src/json-schema.ts';

const PAGE = fileURLToPath(new URL('../../../docs/http-api.md', import.meta.url));

/** The parts of the page by the name in their markers: `<!-- generated: name -->` … `<!-- end: name -->`. */
const PARTS: Readonly<Record<string, () => string>> = {
  routes: () => Object.entries(ROUTES).map(routeSection).join('\n\n'),
  schemas: schemaSections,
  problems: () =>
    table(
      ['slug', 'status', 'title'],
      Object.entries(PROBLEMS).map(([slug, { status, title }]) => [`\`${slug}\``, status, title]),
    ),
  roles: () =>
    table(
      ['role', 'permissions'],
      Object.entries(ROLE_PERMISSIONS).map(([role, all]) => [`\`${role}\``, all.join(', ')]),
    ),
  limits: () =>
    table(
      ['limit', 'value'],
      Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, value.toLocaleString('en')]),
    ),
};

/** What JSON schema says of a value, as far as it is shown. */
const shown = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
});

function resolve(value: unknown): z.output<typeof shown> {
  return shown.parse(value);
}

/** A type in a few words: `integer 1 … 100`, `"a" \| "b"`, `{ queue, ready }[]`. */
function typeOf(value: unknown): string {
  const schema = resolve(value);
  const { $ref, type, items, anyOf, oneOf, properties } = schema;
  if ($ref !== undefined) return $ref.replace('#/$defs/', '');
  const either = anyOf ?? oneOf;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (either !== undefined) return either.map((one) => typeOf(one)).join(' | ');
  if (items !== undefined) return `(${typeOf(items)})[]${range(schema)}`;
  if (properties !== undefined) return objectOf(schema);
  if (schema.format === 'date-time') return 'time';
  if (type === undefined) return 'any JSON';
  return `${[type].flat().join(' | ')}${range(schema)}`;
}

function objectOf(schema: z.output<typeof shown>): string {
  const fields = Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const optional = schema.required?.includes(name) === true ? '' : '?';
    return `${name}${optional}: ${typeOf(value)}`;
  });
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function range(schema: z.output<typeof shown>): string {
  const low = schema.minimum ?? schema.minLength ?? schema.minItems;
  const high = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  const top = high !== undefined && high < Number.MAX_SAFE_INTEGER ? high : undefined;
  if (low === undefined && top === undefined) return '';
  return ` ${(low ?? '').toLocaleString('en')} … ${(top ?? '').toLocaleString('en')}`.trimEnd();
}

function routeSection([name, route]: [string, RouteDescriptor]): string {
  const { method, path, summary, permission, problems, stream } = route;
  const lines = [`### \`${method} ${path}\``, `${summary}. (\`${name}\`)`];
  lines.push(permission === null ? 'For everybody.' : `Permission: \`${permission}\`.`);
  const query = fieldsOf('query', route.query);
  if (query !== '') lines.push(query);
  if (route.body !== null) {
    const required = route.body.required ? '' : ' (optional)';
    const body = fieldsOf(`body${required}`, route.body.schema);
    if (body !== '') lines.push(body);
  }
  for (const [status, schema] of Object.entries(route.answers)) {
    lines.push(`Response ${status}${stream === true ? ', each event' : ''}: ${answerOf(schema)}`);
  }
  if (problems.length > 0) {
    lines.push(`Specific problems: ${problems.map((slug) => `\`${slug}\``).join(', ')}.`);
  }
  return lines.join('\n\n');
}

/** A table of the fields of an object, or its name where it has one. */
function fieldsOf(what: string, schema: z.ZodType): string {
  const { it } = jsonSchemaOf(schema).properties;
  const { $ref, properties = {}, required = [] } = resolve(it);
  if ($ref !== undefined) return `${what}: ${link($ref.replace('#/$defs/', ''))}`;
  const rows = Object.entries(properties).map(([name, value]) => [
    `\`${name}\`${required.includes(name) ? ' (required)' : ''}`,
    `\`${typeOf(value)}\``,
    resolve(value).description ?? '',
  ]);
  return rows.length === 0 ? '' : table([what, 'type', ''], rows);
}

function answerOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodUndefined) return 'nothing.';
  const type = typeOf(jsonSchemaOf(schema).properties.it);
  return /^\w+$/.test(type) ? link(type) : `\`${type}\``;
}

function link(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

/** The schemas that have a name. */
function schemaSections(): string {
  const routes: RouteDescriptor[] = Object.values(ROUTES);
  const schemas = routes.flatMap(({ body, answers }) => [
    ...(body === null ? [] : [body.schema]),
    ...Object.values(answers),
  ]);
  const all = new Map<string, unknown>();
  for (const schema of [...schemas, problem]) {
    for (const [name, definition] of Object.entries(jsonSchemaOf(schema).$defs)) {
      all.set(name, definition);
    }
  }
  return [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, definition]) => {
      const { properties, required = [], description } = resolve(definition);
      const rows = Object.entries(properties ?? {}).map(([field, value]) => [
        `\`${field}\`${required.includes(field) ? '' : '?'}`,
        `\`${typeOf(value)}\``,
        resolve(value).description ?? '',
      ]);
      const type = properties === undefined ? `\`${typeOf(definition)}\`` : '';
      const text = description === undefined || rows.length > 0 ? [] : [description];
      const body = rows.length > 0 ? table(['field', 'type', ''], rows) : type;
      return [`### ${name}`, ...text, body].join('\n\n');
    })
    .join('\n\n');
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** The page with its generated parts as the contract has them now. */
export function withGeneratedParts(page: string): string {
  let text = page;
  for (const [name, make] of Object.entries(PARTS)) {
    const part = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end: ${name} -->)`);
    if (!part.test(text)) throw new Error(`the page has no part "${name}"`);
    text = text.replace(part, (_, begin: string, end: string) => `${begin}\n${make()}\n\n${end}`);
  }
  return text;
}

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withGeneratedParts(readPage()));
}
