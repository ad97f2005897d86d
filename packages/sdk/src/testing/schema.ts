import type { ProblemError } from '../generated/contract.ts';

/** As much of JSON Schema as the contract needs. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly [other: string]: unknown;
}

export interface FakeRoute {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly params: Schema;
  readonly query: Schema;
  readonly body: {
    readonly schema: Schema;
    readonly maxBytes: number;
    readonly required: boolean;
  } | null;
}

/** What is wrong with a value; empty when nothing is. */
export function violations(schema: Schema, value: unknown, pointer = ''): ProblemError[] {
  const wrong = (detail: string): ProblemError[] => [{ pointer, detail }];
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) {
    const all = union.map((one) => violations(one, value, pointer));
    return all.some((one) => one.length === 0) ? [] : fewest(all);
  }
  if ('const' in schema) {
    return value === schema.const ? [] : wrong(`must be ${JSON.stringify(schema.const)}`);
  }
  if (schema.enum !== undefined) {
    return schema.enum.includes(value) ? [] : wrong(`must be one of ${schema.enum.join(', ')}`);
  }
  if (schema.type === undefined) return [];
  const kinds = [schema.type].flat();
  const kind = kindOf(value);
  const fits = kinds.includes(kind) || (kind === 'integer' && kinds.includes('number'));
  if (!fits) return wrong(`must be ${kinds.join(' or ')}, not ${kind}`);
  if (typeof value === 'number') return ofNumber(schema, value).flatMap(wrong);
  if (typeof value === 'string') return ofString(schema, value).flatMap(wrong);
  if (Array.isArray(value)) return ofArray(schema, value, pointer);
  if (typeof value === 'object' && value !== null) return ofObject(schema, value, pointer);
  return [];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function fewest(all: readonly ProblemError[][]): ProblemError[] {
  return all.reduce((best, one) => (one.length < best.length ? one : best));
}

function ofNumber({ minimum, maximum }: Schema, value: number): string[] {
  if (minimum !== undefined && value < minimum) return [`must be at least ${minimum}`];
  if (maximum !== undefined && value > maximum) return [`must be at most ${maximum}`];
  return [];
}

function ofString({ minLength = 0, maxLength, pattern }: Schema, value: string): string[] {
  if (value.length < minLength) return [`must have at least ${minLength} characters`];
  if (maxLength !== undefined && value.length > maxLength) {
    return [`must have at most ${maxLength} characters`];
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return [`must match ${pattern}`];
  }
  return [];
}

function ofArray(schema: Schema, value: readonly unknown[], pointer: string): ProblemError[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema;
  if (value.length < minItems || value.length > maxItems) {
    return [{ pointer, detail: `must have ${minItems} to ${maxItems} items` }];
  }
  if (items === undefined) return [];
  return value.flatMap((item, index) => violations(items, item, `${pointer}/${index}`));
}

function ofObject(schema: Schema, value: object, pointer: string): ProblemError[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => ({ pointer: `${pointer}/${key}`, detail: 'is required' }));
  const others = Object.entries(value).flatMap(([key, item]) => {
    const place = `${pointer}/${key}`;
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return violations(known, item, place);
    if (additionalProperties === false) return [{ pointer: place, detail: 'is not known' }];
    return additionalProperties === true ? [] : violations(additionalProperties, item, place);
  });
  return [...missing, ...others];
}
