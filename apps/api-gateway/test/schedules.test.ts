import { describe, expect, it } from '@jest/globals';
import { call, serveTests, slug } from './harness.ts';

const { gateway } = await serveTests();

const nightly = {
  queue: 'reports',
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  job: { type: 'report', payload: { n: 1 } },
};
const put = (id: string, json: object) => call(gateway, `PUT /v1/schedules/${id}`, { json });

describe('schedules', () => {
  it('are made, defined anew, read, previewed and deleted', async () => {
    const made = await put('nightly', nightly);
    expect([made.status, made.body]).toMatchObject([
      201,
      { id: 'nightly', paused: false, overlap: 'allow', missed: 'last', counts: { fired: 0 } },
    ]);
    const again = await put('nightly', { ...nightly, limit: 5 });
    expect([again.status, again.body.limit]).toEqual([200, 5]);
    const found = await call(gateway, 'GET /v1/schedules/nightly');
    expect(found.body).toEqual(again.body);
    const preview = await call(gateway, 'GET /v1/schedules/nightly/preview?count=3');
    expect(preview.body.runs).toHaveLength(3);
    expect(preview.body.runs[0]).toBe(found.body.nextRunAt);
    expect((await call(gateway, 'DELETE /v1/schedules/nightly')).status).toBe(204);
    for (const route of ['GET', 'DELETE'])
      expect(slug(await call(gateway, `${route} /v1/schedules/nightly`))).toBe('not-found');
  });

  it('have a revision: of two who define one anew, or make one, the second is told', async () => {
    const none = await put('contested', { ...nightly, ifRevision: '0'.repeat(40) });
    expect([none.status, slug(none)]).toEqual([404, 'not-found']);
    const made = await put('contested', { ...nightly, ifRevision: null });
    const { revision } = made.body;
    expect([made.status, revision]).toEqual([201, expect.stringMatching(/^[0-9a-f]{40}$/)]);
    // Neither a pause nor a run makes it another.
    await call(gateway, 'POST /v1/schedules/contested/pause');
    const run = await call(gateway, 'POST /v1/schedules/contested/run');
    expect(run.status).toBe(200);
    expect((await call(gateway, 'GET /v1/schedules/contested')).body.revision).toBe(revision);
    // What is stored already may be asked for again, its fields in any order; a pause that is not named stays.
    const again = await put('contested', {
      ifRevision: null,
      ...Object.fromEntries(Object.entries(nightly).toReversed()),
    });
    expect([again.status, again.body]).toMatchObject([200, { revision, paused: true }]);

    const first = await put('contested', { ...nightly, limit: 5, ifRevision: revision });
    expect([first.status, first.body.limit]).toEqual([200, 5]);
    for (const ifRevision of [revision, null]) {
      const late = await put('contested', { ...nightly, limit: 9, ifRevision });
      expect([late.status, slug(late)]).toEqual([409, 'revision-mismatch']);
    }
    expect((await call(gateway, 'GET /v1/schedules/contested')).body).toEqual(first.body);
    const both = await Promise.all(
      [11, 12].map((limit) =>
        put('contested', { ...nightly, limit, ifRevision: first.body.revision }),
      ),
    );
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it('are paused, resumed, and run by hand once for a key', async () => {
    await put('by-hand', nightly);
    const paused = await call(gateway, 'POST /v1/schedules/by-hand/pause');
    expect(paused.body).toMatchObject({ paused: true, nextRunAt: null });
    const headers = { 'Idempotency-Key': 'k1' };
    const run = await call(gateway, 'POST /v1/schedules/by-hand/run', { headers });
    expect(run.body).toMatchObject({ queue: 'reports', duplicate: false });
    const repeated = await call(gateway, 'POST /v1/schedules/by-hand/run', { headers });
    expect(repeated.body).toEqual({ ...run.body, duplicate: true });
    const job = await call(gateway, `GET /v1/queues/reports/jobs/${run.body.jobId}`);
    expect(job.body).toMatchObject({ type: 'report', headers: { 'relay-schedule': 'by-hand' } });
    const resumed = await call(gateway, 'POST /v1/schedules/by-hand/resume');
    expect(resumed.body).toMatchObject({ paused: false, results: [{ byHand: true }] });
    expect(slug(await call(gateway, 'POST /v1/schedules/none/run'))).toBe('not-found');
  });

  it('are listed by name in pages', async () => {
    for (const id of ['page-1', 'page-2', 'page-3']) await put(id, nightly);
    const names: string[] = [];
    let cursor = '';
    do {
      const page = await call(gateway, `GET /v1/schedules?limit=2${cursor}`);
      for (const { id } of page.body.items) names.push(id);
      cursor = page.body.nextCursor && `&cursor=${page.body.nextCursor}`;
    } while (cursor);
    expect(names.filter((id) => id.startsWith('page-'))).toEqual(['page-1', 'page-2', 'page-3']);
    expect(slug(await call(gateway, 'GET /v1/schedules?cursor=bm90'))).toBe('malformed');
  });

  it('are previewed before they exist, over a change of clocks too', async () => {
    const preview = (json: object) => call(gateway, 'POST /v1/schedule-preview', { json });
    const { status, body } = await preview({
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
      startAt: '2030-03-30T00:00:00Z',
      count: 3,
    });
    // On the 31st clocks go from 2:00 to 3:00, which is 1:00 UTC.
    expect([status, body.runs]).toEqual([
      200,
      ['2030-03-30T01:30:00.000Z', '2030-03-31T01:00:00.000Z', '2030-04-01T00:30:00.000Z'],
    ]);
    expect((await preview({ cron: '0 0 30 2 *' })).body).toEqual({ runs: [] });
    const refused = await preview({ cron: 'every day' });
    expect([slug(refused), refused.body.errors[0].pointer]).toEqual(['validation', '/cron']);
  });

  it.each([
    ['no times', { cron: undefined }, '/cron'],
    ['February 30', { cron: '0 0 30 2 *' }, '/cron'],
    ['garbage', { cron: 'every day' }, '/cron'],
    ['10 KB', { cron: '1,'.repeat(5_000) }, '/cron'],
    ['an unknown zone', { timezone: 'Mars/Olympus' }, '/timezone'],
    ['no payload', { job: {} }, '/job/payload'],
    ['an unknown field', { every: 5 }, ''],
  ])('are refused with %s', async (_, change, pointer) => {
    const refused = await put('refused', { ...nightly, ...change });
    expect(slug(refused)).toBe('validation');
    expect(refused.body.errors[0].pointer).toContain(pointer);
  });
});
