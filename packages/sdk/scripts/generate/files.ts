import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as contract from '@relay/contract';
import { z } from 'zod';
import { declaration, type JsonSchema, typeOf } from './schema-to-type.ts';

const HEADER =
  '// Generated from @relay/contract by `pnpm --filter @relay/sdk generate`. Do not edit.\n';

/** The contract's schemas that the SDK's surface shows; `input`: what a caller writes. */
const ANSWERS = {
  JobState: contract.jobState,
  DeadReason: contract.deadReason,
  EnqueueAnswer: contract.enqueueAnswer,
  ProblemError: contract.problemError,
  ItemProblem: contract.itemProblem,
  Problem: contract.problem,
  BulkAnswer: contract.bulkAnswer,
  JobSummary: contract.jobSummary,
  Job: contract.job,
  ResultAnswer: contract.resultAnswer,
  PendingAnswer: contract.pendingAnswer,
  JobPlace: contract.jobPlace,
  IdempotencyAnswer: contract.idempotencyAnswer,
  Lease: contract.lease,
  ClaimAnswer: contract.claimAnswer,
  SettleAnswer: contract.settleAnswer,
  ExtendAnswer: contract.extendAnswer,
  QueueSummary: contract.queue,
  QueueConfig: contract.queueConfig,
  QueueDetail: contract.queueDetail,
  QueueStats: contract.queueStats,
  Series: contract.series,
  VersionAnswer: contract.versionAnswer,
  OperationStarted: contract.operationStarted,
  MatchedAnswer: contract.matchedAnswer,
  Operation: contract.operation,
  RequeueAnswer: contract.requeueAnswer,
  DeadLetterGroup: contract.deadLetterGroup,
  GroupsAnswer: contract.groupsAnswer,
  WorkerSummary: contract.worker,
  QuietAnswer: contract.quietAnswer,
  Overview: contract.overview,
  EventQueue: contract.eventQueue,
  EventData: contract.eventData,
  Schedule: contract.schedule,
  ScheduleRun: contract.runAnswer,
  SchedulePreview: contract.previewAnswer,
} as const;

const REQUESTS = {
  EnqueueRequest: contract.enqueueRequest,
  ClaimRequest: contract.claimRequest,
  Settlement: contract.settleRequest.shape.items.element,
  ExtendItem: contract.extendRequest.shape.items.element,
  JobChange: contract.changeRequest,
  JobActionRequest: contract.actionRequest,
  QueuePatch: contract.queuePatch,
  RequeueManyRequest: contract.requeueManyRequest,
  PurgeDeadLettersRequest: contract.purgeDeadLettersRequest,
  PurgeRequest: contract.purgeRequest,
  ScheduleRequest: contract.scheduleRequest,
} as const;

/** The routes that the fake answers, which are those that the SDK calls. */
const FAKED: ReadonlySet<string> = new Set([
  'enqueueJob',
  'enqueueJobs',
  'listJobs',
  'getJob',
  'findJob',
  'getResult',
  'cancelJob',
  'retryJob',
  'promoteJob',
  'changeJob',
  'deleteJob',
  'actOnJobs',
  'getIdempotencyKey',
  'claimLeases',
  'settleLeases',
  'extendLeases',
  'listWorkers',
  'quietWorker',
  'listQueues',
  'getQueue',
  'changeQueue',
  'deleteQueue',
  'getQueueStats',
  'getSeries',
  'pauseQueue',
  'resumeQueue',
  'purgeQueue',
  'streamEvents',
  'getVersion',
  'listDeadLetters',
  'groupDeadLetters',
  'requeueDeadLetter',
  'requeueDeadLetters',
  'purgeDeadLetters',
  'getOperation',
  'cancelOperation',
]);

const LIMITS = [
  'bodyBytes',
  'bulkBodyBytes',
  'bulkJobs',
  'payloadDepth',
  'resultBytes',
  'progressBytes',
  'leaseItems',
  'longestPollMs',
] as const;

/** Path under the package → content, for the writer and for the test that compares. */
export function generateFiles(): Map<string, string> {
  return new Map([
    ['src/generated/contract.ts', formatted(contractFile())],
    ['src/generated/limits.ts', formatted(limitsFile())],
    ['src/testing/generated/routes.ts', formatted(routesFile())],
  ]);
}

function formatted(input: string): string {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  return execFileSync('node_modules/.bin/biome', ['format', '--stdin-file-path=generated.ts'], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
}

function contractFile(): string {
  const types = [
    ...Object.entries(ANSWERS).map(([name, schema]) => declare(name, schema, 'output')),
    ...Object.entries(REQUESTS).map(([name, schema]) => declare(name, schema, 'input')),
  ];
  const metrics = `export type SeriesMetric = ${typeOf(jsonSchema(contract.seriesMetric, 'output'), '')};\n`;
  const slugs = Object.keys(contract.PROBLEMS).map((slug) => `  | '${slug}'`);
  const problems = `/** What a problem of the API is called; it never changes its meaning. */\nexport type ProblemSlug =\n${slugs.join('\n')};\n`;
  return [HEADER, ...types, metrics, problems].join('\n');
}

function limitsFile(): string {
  const limits = LIMITS.map((name) => `  ${name}: ${contract.LIMITS[name]},\n`).join('');
  const values = `/** Bounds of the API: bytes and ms. */\nexport const LIMITS = {\n${limits}} as const;\n\n/** Names of queues, job types and workers. */\nexport const NAME_PATTERN: RegExp = ${String(contract.NAME_PATTERN)};\n`;
  return `${HEADER}\n${values}`;
}

/** Every route with the JSON Schema of what it takes: the fake refuses what the gateway refuses. */
function routesFile(): string {
  const routes = Object.entries(contract.ROUTES)
    .filter(([name]) => FAKED.has(name))
    .map(([name, route]) => ({
      name,
      method: route.method,
      path: route.path,
      params: jsonSchema(route.params, 'input'),
      query: jsonSchema(route.query, 'input'),
      body:
        route.body === null
          ? null
          : {
              schema: jsonSchema(route.body.schema, 'input'),
              maxBytes: route.body.maxBytes,
              required: route.body.required,
            },
    }));
  const problems = contract.PROBLEMS;
  const item = JSON.stringify(jsonSchema(contract.enqueueRequest, 'input'));
  const lines = routes.map((route) => `  ${JSON.stringify(route)},`);
  return `${HEADER}
import type { FakeRoute, Schema } from '../schema.ts';

export const PROBLEMS: Readonly<Record<string, { readonly status: number; readonly title: string }>> =
  ${JSON.stringify(problems)};

export const ENQUEUE_REQUEST: Schema = ${item};

export const ROUTES: readonly FakeRoute[] = [
${lines.join('\n')}
];
`;
}

function declare(name: string, schema: z.ZodType, io: 'input' | 'output'): string {
  return declaration(name, jsonSchema(schema, io));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const whole = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // Everything in its place: a shared schema is written out where it is used.
    reused: 'inline',
    override: ({ jsonSchema: made }) => {
      delete made.id;
    },
  });
  const { $schema: _, $defs, ...rest } = whole;
  return inline(rest, ($defs ?? {}) as Record<string, JsonSchema>) as JsonSchema;
}

/** Puts definitions in the place of references. */
function inline(value: unknown, defs: Readonly<Record<string, JsonSchema>>): unknown {
  if (Array.isArray(value)) return value.map((one) => inline(one, defs));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value && typeof value.$ref === 'string') {
    const { $ref, ...siblings } = value;
    const found = inline(defs[$ref.split('/').at(-1) ?? ''] ?? {}, defs);
    return { ...(found as object), ...siblings };
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inline(one, defs)]));
}
