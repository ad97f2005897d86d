import { z } from 'zod';
import { idempotencyHeader } from './jobs.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { ROLE_PERMISSIONS } from './permissions.ts';
import { PROBLEMS, type ProblemSlug, problem } from './problems.ts';
import { COMMON_PROBLEMS, ROUTES, type RouteDescriptor } from './routes.ts';

/** A JSON schema, or another part of the document. */
type Json = Record<string, unknown>;

/** Header fields of requests that mean something to a route, by the route's name. */
const HEADERS: Readonly<Record<string, readonly [name: string, description: string][]>> = {
  enqueueJob: [
    ['Idempotency-Key', 'The same as the field `idempotencyKey`.'],
    ['traceparent', 'W3C trace context; it travels in the job’s headers.'],
    [
      'tracestate',
      'What vendors add to it: at most 512 characters, and only beside a traceparent.',
    ],
  ],
  enqueueJobs: [
    ['traceparent', 'W3C trace context; it travels in the headers of each job.'],
    [
      'tracestate',
      'What vendors add to it: at most 512 characters, and only beside a traceparent.',
    ],
  ],
  claimLeases: [['Idempotency-Key', 'Whoever repeats the request gets the same leases.']],
  settleLeases: [['Idempotency-Key', 'A token’s first settlement is remembered with or without.']],
  streamEvents: [['Last-Event-ID', 'Of the last event that came: what was missed comes first.']],
};

/** The schemas that have a name, as they are met. */
class Schemas {
  readonly named: Record<string, Json> = {};

  /** A schema, or a reference to it if it has a name. */
  of(schema: z.ZodType): Json {
    const text = JSON.stringify(jsonSchemaOf(schema));
    const moved: ReturnType<typeof jsonSchemaOf> = JSON.parse(
      text.replaceAll('"#/$defs/', '"#/components/schemas/'),
    );
    for (const [name, { id: _, ...definition }] of Object.entries(moved.$defs)) {
      this.named[name] = definition;
    }
    return moved.properties.it;
  }
}

/** The OpenAPI 3.1 document of the API, made of {@link ROUTES}. */
export function openApiDocument({ version }: { readonly version: string }): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  const routes: [string, RouteDescriptor][] = Object.entries(ROUTES);
  for (const [name, route] of routes) {
    const method = route.method.toLowerCase();
    paths[route.path] = { ...paths[route.path], [method]: operationOf(name, route, schemas) };
  }
  schemas.of(problem);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Relay',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'A distributed task queue. Unknown fields of requests are refused; clients ignore unknown fields of answers. ' +
        'Payloads, results and progress are kept as the bytes that were sent.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [...new Set(routes.map(([, route]) => tagOf(route)))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas.named).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', bearerFormat: 'rk_<keyId>_<secret>' },
      },
    },
  };
}

/** The word behind `/v1/`, or behind the queue. */
function tagOf({ path }: RouteDescriptor): string {
  const [, , first = '', , second] = path.split('/');
  return first === 'queues' && second !== undefined && /^(jobs|dead-letters)$/.test(second)
    ? second
    : first;
}

function operationOf(name: string, route: RouteDescriptor, schemas: Schemas): Json {
  const { summary, permission, body } = route;
  const roles = Object.entries(ROLE_PERMISSIONS).filter(
    ([, all]) => permission !== null && all.includes(permission),
  );
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary,
    ...(permission === null
      ? { security: [] }
      : { description: `For keys with the role ${roles.map(([one]) => one).join(', ')}.` }),
    parameters: [
      ...parametersIn('path', route.params, schemas),
      ...parametersIn('query', route.query, schemas),
      ...(HEADERS[name] ?? []).map(([header, description]) => ({
        name: header,
        in: 'header',
        description,
        schema: schemas.of(idempotencyHeader),
      })),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { 'application/json': { schema: schemas.of(body.schema) } },
          },
        }),
    responses: { ...answersOf(route, schemas), ...problemsOf(route) },
  };
}

function parametersIn(place: 'path' | 'query', all: z.ZodObject, schemas: Schemas): Json[] {
  return Object.entries(all.shape).map(([name, part]) => {
    const schema = z.instanceof(z.ZodType).parse(part);
    return {
      name,
      in: place,
      required: place === 'path' || !isOptional(schema),
      schema: schemas.of(schema),
    };
  });
}

function isOptional(schema: z.ZodType): boolean {
  return z.object({ it: schema }).safeParse({}).success;
}

function answersOf({ answers, stream }: RouteDescriptor, schemas: Schemas): Json {
  const responses = Object.entries(answers).map(([status, schema]) => {
    if (status === '204') return [status, { description: 'Done' }];
    const type = stream === true ? 'text/event-stream' : 'application/json';
    return [status, { description: 'Answer', content: { [type]: { schema: schemas.of(schema) } } }];
  });
  return Object.fromEntries(responses);
}

function problemsOf({ problems }: RouteDescriptor): Json {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of [...COMMON_PROBLEMS, ...problems]) {
    const { status } = PROBLEMS[slug];
    byStatus.set(status, [...(byStatus.get(status) ?? []), slug]);
  }
  const schema = { $ref: '#/components/schemas/Problem' };
  const responses = [...byStatus].map(([status, slugs]) => [
    String(status),
    { description: slugs.join(', '), content: { 'application/problem+json': { schema } } },
  ]);
  return Object.fromEntries(responses);
}
