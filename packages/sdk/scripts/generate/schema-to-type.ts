/** As much of JSON Schema as zod writes for the contract. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** An exported declaration of a schema. */
export function declaration(name: string, schema: JsonSchema): string {
  const doc = comment(schema, '');
  const isObject = schema.properties !== undefined;
  const body = typeOf(schema, '');
  return isObject
    ? `${doc}export interface ${name} ${body}\n`
    : `${doc}export type ${name} = ${body};\n`;
}

/** The TypeScript type of a schema. */
export function typeOf(schema: JsonSchema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if ('const' in schema) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) {
    return [...new Set(union.map((one) => typeOf(one, indent)))].join(' | ');
  }
  if (typeof schema.type === 'object') {
    return schema.type.map((one) => typeOf({ ...schema, type: one }, indent)).join(' | ');
  }
  const { type = '' } = schema;
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema.items ?? {}, indent)})[]`.replace(/\((\w+)\)\[\]$/, '$1[]');
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function objectType(schema: JsonSchema, indent: string): string {
  if (schema.properties === undefined) {
    const value = schema.additionalProperties;
    return typeof value === 'object'
      ? `Readonly<Record<string, ${typeOf(value, indent)}>>`
      : 'Readonly<Record<string, never>>';
  }
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties).map(([key, value]) => {
    const optional = schema.required?.includes(key) === true ? '' : '?';
    return `${comment(value, inner)}${inner}readonly ${key}${optional}: ${typeOf(value, inner)};\n`;
  });
  return `{\n${fields.join('')}${indent}}`;
}

function comment({ description }: JsonSchema, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description} */\n`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
