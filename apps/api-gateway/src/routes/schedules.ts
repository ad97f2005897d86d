import type { Broker, Schedule as StoredSchedule } from '@relay/broker';
import { LIMITS, type Schedule, type ScheduleRequest } from '@relay/contract';
import type { Principal } from '../auth/principal.ts';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { RawJson } from '../http/raw-json.ts';
import { checkIdempotencyKey } from '../http/validate.ts';
import { rawText } from './enqueue-request.ts';
import { nameCursor } from './name-cursor.ts';
import { visiblePage } from './visible-page.ts';

const CURSOR = nameCursor('schedule');

export type ScheduleHandlers = Pick<
  Handlers,
  | 'listSchedules'
  | 'getSchedule'
  | 'putSchedule'
  | 'deleteSchedule'
  | 'runSchedule'
  | 'pauseSchedule'
  | 'resumeSchedule'
  | 'previewTimes'
  | 'previewSchedule'
>;

/** Routes of schedules. A key sees the schedules of the queues that it covers. */
export function scheduleHandlers(
  schedules: Broker['schedules'],
  deadlineMs: number,
): ScheduleHandlers {
  const options = { deadlineMs };
  const visible = async (id: string, principal: Principal): Promise<StoredSchedule> => {
    const found = await schedules.find(id, options);
    if (found === null || !principal.covers(found.queue))
      throw new HttpProblem('not-found', `There is no schedule ${id}`);
    return found;
  };
  return {
    async listSchedules({ query: { cursor, limit = LIMITS.defaultPageSize }, principal }) {
      const list = {
        read: (after: string, count: number) =>
          schedules.list({ cursor: after, limit: count }, options),
        nameOf: ({ id }: StoredSchedule) => id,
        sees: ({ queue }: StoredSchedule) => principal.covers(queue),
      };
      const after = cursor === undefined ? '' : CURSOR.read(cursor);
      const { items, last } = await visiblePage(list, after, limit);
      const next = last === null ? null : CURSOR.write(last);
      return { status: 200, body: { items: items.map(toSchedule), nextCursor: next } };
    },

    async getSchedule({ params: { id }, principal }) {
      return { status: 200, body: toSchedule(await visible(id, principal)) };
    },

    async putSchedule({ params: { id }, body, principal }) {
      if (!principal.covers(body.queue))
        throw new HttpProblem('not-found', `There is no queue ${body.queue}`);
      const before = await schedules.find(id, options);
      if (before !== null && !principal.covers(before.queue))
        throw new HttpProblem('forbidden', `The schedule ${id} is not yours`);
      const { schedule, created } = await schedules.upsert(id, toSpec(body), options);
      return { status: created ? 201 : 200, body: toSchedule(schedule) };
    },

    async deleteSchedule({ params: { id }, principal }) {
      await visible(id, principal);
      await schedules.delete(id, options);
      return { status: 204, body: undefined };
    },

    async runSchedule({ params: { id }, principal, header }) {
      const { queue } = await visible(id, principal);
      const given = header('idempotency-key');
      const runId = given === undefined ? {} : { runId: checkIdempotencyKey(given) };
      const run = await schedules.run(id, { ...options, ...runId });
      return { status: 200, body: { ...run, queue } };
    },

    async pauseSchedule({ params: { id }, principal }) {
      await visible(id, principal);
      return { status: 200, body: toSchedule(await schedules.pause(id, options)) };
    },

    async resumeSchedule({ params: { id }, principal }) {
      await visible(id, principal);
      return { status: 200, body: toSchedule(await schedules.resume(id, options)) };
    },

    async previewTimes({ body: { count = 10, startAt, endAt, ...timing } }) {
      const runs = schedules.previewOf({ ...timing, ...millis({ startAt, endAt }) }, count);
      return { status: 200, body: { runs: runs.map(toTime) } };
    },

    async previewSchedule({ params: { id }, query: { count = 10 }, principal }) {
      await visible(id, principal);
      const runs = await schedules.preview(id, count, options);
      return { status: 200, body: { runs: runs.map(toTime) } };
    },
  };
}

function toSpec({ job, startAt, endAt, ...rest }: ScheduleRequest) {
  return {
    ...rest,
    job: { ...job, payload: rawText(job.payload) },
    ...millis({ startAt, endAt }),
  };
}

function millis({ startAt, endAt }: { startAt?: string | undefined; endAt?: string | undefined }) {
  return {
    ...(startAt === undefined ? {} : { startAt: Date.parse(startAt) }),
    ...(endAt === undefined ? {} : { endAt: Date.parse(endAt) }),
  };
}

function toSchedule(schedule: StoredSchedule): Schedule {
  const { job, cron, everyMs, startAt, endAt, limit, nextRunAt, waiting, results } = schedule;
  return {
    ...schedule,
    job: { ...job, payload: new RawJson(job.payload) },
    cron: cron ?? null,
    everyMs: everyMs ?? null,
    startAt: startAt === undefined ? null : toTime(startAt),
    endAt: endAt === undefined ? null : toTime(endAt),
    limit: limit ?? null,
    nextRunAt: nextRunAt === null ? null : toTime(nextRunAt),
    waiting: waiting.length,
    results: results.map(({ tick, at, outcome, jobId = null, reason = null, byHand = false }) => ({
      tick: toTime(tick),
      at: toTime(at),
      outcome,
      jobId,
      reason,
      byHand,
    })),
    createdAt: toTime(schedule.createdAt),
    updatedAt: toTime(schedule.updatedAt),
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
