import type { Permission } from '@relay/contract';
import { until } from '@relay/testkit';
import type { TestStack } from './stack.ts';

/** A page, and what on it needs a permission. */
export interface PageActions {
  readonly path: string;
  /** Everybody sees it, and it comes with the buttons. */
  readonly shows: string;
  /** Names of buttons and links, and what the server asks of who presses them. */
  readonly actions: Readonly<Record<string, Permission>>;
}

/** Fills a stack whose worker takes from `orders`, and tells each page that has something to press. */
export async function pagesWithActions(stack: TestStack): Promise<PageActions[]> {
  const add = async (queue: string, job: object) => {
    const { id } = await stack.call('POST', `/v1/queues/${queue}/jobs`, { payload: {}, ...job });
    return String(id);
  };
  const dead = await add('orders', { type: 'picky', maxAttempts: 1 });
  const scheduled = await add('lonely', { delayMs: 3_600_000 });
  await stack.call('PUT', '/v1/schedules/nightly', {
    queue: 'lonely',
    cron: '0 3 * * *',
    paused: true,
    job: { payload: 1 },
  });
  await until(
    async () => (await stack.call('GET', `/v1/queues/orders/jobs/${dead}`))['state'] === 'dead',
    { what: 'the death of the job' },
  );
  const { items } = await stack.call('GET', '/v1/dead-letters/groups');
  const [{ group }] = items as [{ group: string }];
  return [
    {
      path: '/queues?search=lonely',
      shows: '1 of 2',
      actions: { 'Pause lonely': 'queues.operate' },
    },
    {
      path: '/queues/lonely',
      shows: 'The oldest ready job has waited',
      actions: {
        'Add a test job': 'jobs.enqueue',
        'Pause lonely': 'queues.operate',
        Danger: 'queues.delete',
      },
    },
    {
      path: '/queues/lonely?tab=settings',
      shows: 'Concurrency',
      actions: { 'Review changes': 'queues.operate', 'Discard changes': 'queues.operate' },
    },
    {
      path: '/queues/lonely?tab=danger',
      shows: 'The oldest ready job has waited',
      actions: { 'Purge…': 'queues.delete', 'Delete…': 'queues.delete' },
    },
    {
      path: `/queues/lonely/jobs/${scheduled}`,
      shows: 'Timeline',
      actions: {
        Clone: 'jobs.enqueue',
        'Run now': 'jobs.operate',
        'Cancel…': 'jobs.cancel',
        'Delete…': 'jobs.delete',
      },
    },
    {
      path: `/queues/orders/jobs/${dead}`,
      shows: 'Timeline',
      actions: {
        'Edit and requeue': 'jobs.operate',
        Requeue: 'jobs.operate',
        'Delete…': 'jobs.delete',
      },
    },
    {
      path: `/dead?queue=orders&group=${encodeURIComponent(group)}`,
      shows: dead,
      actions: { 'Requeue all': 'jobs.operate', 'Discard all…': 'jobs.delete' },
    },
    {
      path: '/workers',
      shows: 'orders',
      actions: { Quiet: 'queues.operate' },
    },
    {
      path: '/schedules',
      shows: 'nightly',
      actions: { 'New schedule': 'queues.operate', 'Resume nightly': 'queues.operate' },
    },
    {
      path: '/schedules/nightly',
      shows: 'Next runs',
      actions: {
        'Run now': 'queues.operate',
        'Resume nightly': 'queues.operate',
        Edit: 'queues.operate',
        'Delete…': 'queues.operate',
      },
    },
    {
      path: '/schedules/nightly?edit=yes',
      shows: 'Payload',
      actions: { 'Save the schedule': 'queues.operate' },
    },
    {
      path: '/new-schedule',
      shows: 'Schedules',
      actions: { 'Create the schedule': 'queues.operate' },
    },
  ];
}
