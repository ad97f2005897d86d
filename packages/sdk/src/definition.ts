import { InputError } from './errors.ts';
import type { ProblemError } from './generated/contract.ts';
import { named } from './options.ts';

/** A validator of the Standard Schema specification: zod, valibot, arktype and others have it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a validator answers. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, according to a validator. */
export interface SchemaIssue {
  readonly message: string;
  /** Path within the value; omitted for the value as a whole. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Validators by job type. */
export type Schemas = Readonly<Record<string, StandardSchema>>;

type TypesOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T>
  : never;

/** What a producer passes: job type → payload. */
export type InputsOf<S> = {
  readonly [T in keyof S]: TypesOf<S[T]> extends { readonly input: infer I } ? I : never;
};

/** What a handler receives: job type → payload, after validation. */
export type OutputsOf<S> = {
  readonly [T in keyof S]: TypesOf<S[T]> extends { readonly output: infer O } ? O : never;
};

/** A queue and the types of its jobs, shared by producers and workers. */
export interface QueueDefinition<S extends Schemas = Schemas> {
  readonly name: string;
  readonly schemas: S;
}

/**
 * Defines a queue by validators. A payload is validated before it is sent, and again before the
 * handler is called, which receives the validator's output.
 *
 * @example
 * ```ts
 * export const emails = defineQueue('emails', { welcome: z.object({ to: z.email() }) });
 * await relay.queue(emails).enqueue('welcome', { to: 'ada@example.org' });
 * ```
 */
export function defineQueue<const S extends Schemas>(name: string, schemas: S): QueueDefinition<S> {
  return { name: named('the name of a queue', name), schemas };
}

/**
 * @returns what the validator makes of the payload.
 * @throws {InputError} where it does not fit, or the type is none of the queue's.
 */
export async function validated(
  schemas: Schemas,
  type: string,
  payload: unknown,
): Promise<unknown> {
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) {
    const detail = `is "${type}", which is none of ${Object.keys(schemas).join(', ')}`;
    throw new InputError('the job type is unknown', [{ pointer: '/type', detail }]);
  }
  const result = await schema['~standard'].validate(payload);
  if (result.issues === undefined) return result.value;
  throw new InputError(`the payload of ${type} does not fit`, result.issues.map(toError));
}

function toError({ path = [], message }: SchemaIssue): ProblemError {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return { pointer: steps.map((step) => `/${step}`).join(''), detail: message };
}
