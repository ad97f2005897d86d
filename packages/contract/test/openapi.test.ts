import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { openApiDocument, ROUTES } from '../src/index.ts';

const document = z
  .looseObject({
    paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
    components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
  })
  .parse(openApiDocument({ version: '1.2.3' }));

const body = z.looseObject({
  properties: z.record(z.string(), z.looseObject({})),
  required: z.array(z.string()),
  additionalProperties: z.literal(false),
});

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('has every route once', () => {
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(operations.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it('refers to schemas that are there', () => {
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)];
    expect(named.length).toBeGreaterThan(50);
    for (const [, name] of named)
      expect(document.components.schemas).toHaveProperty([String(name)]);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it('says which fields are required and that unknown ones are refused', () => {
    const request = body.parse(document.components.schemas.EnqueueRequest);
    expect(request.required).toEqual(['payload']);
    expect(request.properties.priority).toMatchObject({ minimum: -1000, maximum: 1000 });
  });

  it.each(['/v1/queues/{queue}/jobs', '/v1/queues/{queue}/jobs/bulk'])(
    'POST %s names both fields of a trace',
    (path) => {
      const { parameters } = z
        .looseObject({ parameters: z.array(z.looseObject({})) })
        .parse(document.paths[path]?.post);
      const fields = parameters.filter((one) => one['in'] === 'header').map(({ name }) => name);
      expect(fields).toEqual(expect.arrayContaining(['traceparent', 'tracestate']));
    },
  );

  it('says which parameters are required', () => {
    const { parameters } = z
      .looseObject({ parameters: z.array(z.looseObject({})) })
      .parse(document.paths['/v1/queues/{queue}/jobs']?.get);
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['queue', true],
      ['state', true],
      ['type', false],
      ['order', false],
      ['cursor', false],
      ['limit', false],
    ]);
  });
});
