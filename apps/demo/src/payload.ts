import { z } from 'zod';

const section = {
  path: z.string().min(1).max(1_000),
  part: z.int().min(0).default(0),
  parts: z.int().min(1).max(1_000).default(1),
  /** How long the job keeps its slot besides its work, as if it called a slow service. */
  holdMs: z.int().min(0).max(60_000).default(0),
};

/** Payload of `index-document` and of `broken-document`. */
export const documentPayload = z
  .strictObject(section)
  .refine(({ part, parts }) => part < parts, { error: 'must be below parts', path: ['part'] });

/** Payload of `flaky-document`: its first `failures` attempts fail. */
export const flakyPayload = z
  .strictObject({ ...section, failures: z.int().min(0).max(100) })
  .refine(({ part, parts }) => part < parts, { error: 'must be below parts', path: ['part'] });

/** What the generator sends; the fields left out have their defaults. */
export type DemoPayload = z.input<typeof documentPayload> | z.input<typeof flakyPayload>;
