import { z } from 'zod';

/** A JSON schema of draft 2020-12; those that have a name stand under `$defs`, this one too. */
export function jsonSchemaOf(schema: z.ZodType): z.output<typeof around> {
  const json = z.toJSONSchema(z.object({ it: schema }), {
    // Requests and answers alike: nothing is transformed in answers.
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // Whole numbers of a query come as texts; what they say is meant.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return around.parse(json);
}

const around = z.object({
  properties: z.object({ it: z.looseObject({}) }),
  $defs: z.record(z.string(), z.looseObject({ id: z.string().optional() })).default({}),
});
