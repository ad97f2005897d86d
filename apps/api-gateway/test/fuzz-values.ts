/** From zod schemas to fast-check arbitraries: values that fit a schema, and values that nearly do. */
import * as fc from 'fast-check';
import type { z } from 'zod';

type Json = fc.Arbitrary<unknown>;

/** Texts of every kind that our schemas know; each schema takes those that fit it. */
const TEXTS = [
  // The revision of settings that nobody has changed.
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'a',
  'emails',
  'A.b-c_9',
  '0',
  '7',
  '50',
  'true',
  'false',
  '60000',
  'x'.repeat(128),
  '0123456789abcdef',
  'Ab3456789012',
  '2030-01-31T12:00:00Z',
  '2024-02-29T23:59:59.999+05:30',
  'grüße 🎈',
];

/** What breaks parsers, bounds and look-ups. Whatever stands for a wait is far outside its bounds. */
export const STRANGE: readonly unknown[] = [
  null,
  true,
  '',
  -1,
  -0,
  0.1,
  2 ** 31,
  2 ** 53,
  1e18,
  5e-324,
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '{x}',
  'a:b',
  'a\u0000b',
  'a\r\nX-Evil: 1',
  '\ud800',
  '9007199254740993',
  'x'.repeat(10_000),
  [],
  [[]],
  {},
  { $gt: '' },
  { toString: 1, constructor: { prototype: {} } },
  Array.from({ length: 300 }, () => 0),
];

/** How long a request may wait: the rest of the range would only make the run long. */
const SHORT_WAITS = fc.constantFrom<unknown>(0, 1, 5);

/** What a schema is made of, in zod's own words. */
function definition(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  // oxlint-disable-next-line no-underscore-dangle -- the name that zod gives to it.
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** Values that a schema takes, but for refinements over several fields. */
export function fitting(schema: z.core.$ZodType): Json {
  const def = definition(schema);
  // What our schemas are made of; whatever is new among it ends in the default.
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (def.type) {
    case 'object':
      return objects(def.shape);
    case 'string':
      return texts(schema);
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'literal':
      return fc.constantFrom(...def.values);
    case 'array':
      return fc.array(fitting(def.element), { minLength: 1, maxLength: 3 });
    case 'record':
      return fc.dictionary(fc.constantFrom('a', 'trace', 'x-y'), fitting(def.valueType));
    case 'union':
      return fc.oneof(...def.options.map(fitting));
    case 'optional':
    case 'nullable':
      return fc.oneof(fitting(def.innerType), fc.constant(null));
    case 'pipe':
      return texts(schema);
    case 'unknown':
      return fc.jsonValue({ maxDepth: 3 });
    default:
      throw new TypeError(`no values for a schema of type ${def.type}: add them here`);
  }
}

function objects(shape: Readonly<Record<string, z.core.$ZodType>>): Json {
  const fields: Record<string, Json> = {};
  const required: string[] = [];
  for (const [field, schema] of Object.entries(shape)) {
    const def = definition(schema);
    const inner = def.type === 'optional' ? def.innerType : schema;
    fields[field] =
      field === 'waitMs' || field === 'durability' ? quick(field, inner) : fitting(inner);
    if (def.type !== 'optional') required.push(field);
  }
  return fc.record(fields, { requiredKeys: required });
}

/** What would wait for a job or for replicas, kept short. */
function quick(field: 'waitMs' | 'durability', schema: z.core.$ZodType): Json {
  if (field === 'durability') return fc.constant('local');
  // In a body a number, in a query a text.
  const isNumber = definition(schema).type === 'number';
  return SHORT_WAITS.map((wait) => (isNumber ? wait : String(wait)));
}

function texts(schema: z.core.$ZodType): Json {
  const fit = TEXTS.filter((text) => (schema as z.ZodType).safeParse(text).success);
  if (fit.length === 0) throw new TypeError('no text fits a schema: add one to TEXTS');
  return fc.constantFrom(...fit);
}

function numbers(schema: z.core.$ZodType): Json {
  const { minValue, maxValue } = schema as z.ZodNumber;
  const min = Math.ceil(minValue ?? 0);
  const max = Math.floor(maxValue ?? 2 ** 53 - 1);
  return fc.oneof(
    fc.constantFrom(min, max),
    fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) }),
  );
}

/** The same value, but for one place in it. */
export function spoilt(value: Json): Json {
  return fc
    .tuple(value, fc.nat(), fc.constantFrom(...STRANGE), fc.constantFrom('set', 'drop', 'add'))
    .map(([one, at, strange, how]) => spoil(structuredClone(one), at, strange, how));
}

function spoil(value: unknown, at: number, strange: unknown, how: 'set' | 'drop' | 'add'): unknown {
  if (typeof value !== 'object' || value === null) return strange;
  const fields = Object.keys(value);
  const field = fields[at % (fields.length + 1)];
  if (field === undefined) return strange;
  const inner: unknown = Reflect.get(value, field);
  const deeper = typeof inner === 'object' && inner !== null && at % 3 !== 0;
  if (deeper) Reflect.set(value, field, spoil(inner, Math.floor(at / 7), strange, how));
  else if (how === 'set') Reflect.set(value, field, strange);
  else if (how === 'drop') Reflect.deleteProperty(value, field);
  else Reflect.set(value, `${field}2`, strange);
  return value;
}

/** The JSON of a value, damaged here and there. */
export function damaged(value: Json): fc.Arbitrary<Buffer> {
  const pieces = [
    '"',
    '\\',
    '{',
    ']',
    ',',
    ':',
    '\u0000',
    '1e400',
    '\ufeff',
    'NaN',
    '/**/',
    '\\ud800',
  ];
  return fc
    .tuple(
      value,
      fc.nat(),
      fc.oneof(
        fc.constant('cut' as const),
        fc.constantFrom(...pieces),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
      ),
    )
    .map(([one, at, how]) => {
      const bytes = Buffer.from(JSON.stringify(one) ?? '');
      const place = bytes.length === 0 ? 0 : at % bytes.length;
      if (how === 'cut') return bytes.subarray(0, place);
      return Buffer.concat([bytes.subarray(0, place), Buffer.from(how), bytes.subarray(place)]);
    });
}
