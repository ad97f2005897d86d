import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Permission, ROLE_PERMISSIONS, ROUTES, type RouteDescriptor } from '@relay/contract';
import { USER_ROLES } from '../src/server/auth/user-file.ts';
import { credentials, LoginStack } from './login-support.ts';
import { pagesWithActions } from './role-actions.ts';
import type { TestStack } from './stack.ts';

let logins: LoginStack;
let stack: TestStack;

beforeAll(async () => {
  logins = await LoginStack.start();
  ({ stack } = logins);
}, 120_000);

afterAll(async () => {
  await logins[Symbol.asyncDispose]();
});

describe('a role', () => {
  const proxied: RouteDescriptor[] = Object.values(ROUTES);

  it.each(USER_ROLES)('of %s may do what the contract says, and nothing else', async (role) => {
    const cookie = await logins.cookieOf(`the-${role}`);
    const wrong: string[] = [];
    for (const { method, path, permission } of proxied) {
      const target = `/api/relay${path.replaceAll(/\{\w+\}/g, 'none')}`;
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      // oxlint-disable-next-line no-await-in-loop
      const { status, slug, text } = await logins.ask(target, { method, cookie, ...body });
      if (status === 405 || text.includes('No such route here')) continue;
      // An action that is not named counts as the worst one.
      const needed: (Permission | null)[] = path.endsWith('/jobs/actions')
        ? [permission, 'jobs.delete']
        : [permission];
      const may = needed.every((one) => one === null || ROLE_PERMISSIONS[role].includes(one));
      if ((slug !== 'role-forbidden') !== may || status === 401) {
        wrong.push(`${method} ${path}: ${status} ${slug}`);
      }
    }
    expect(wrong).toEqual([]);
    const actions = '/api/relay/v1/queues/lonely/jobs/actions';
    const discard = { action: 'delete', filter: { state: 'dead' } };
    const { status } = await logins.ask(actions, { method: 'POST', cookie, body: discard });
    expect(status).toBe(role === 'admin' ? 202 : 403);
  });

  it('shows what it may do, and hides the rest', async () => {
    const pages = await pagesWithActions(stack);
    const wrong: string[] = [];
    for (const role of USER_ROLES) {
      // oxlint-disable no-await-in-loop -- one page after the other.
      const page = await logins.openAs(role, '/workers');
      for (const { path, shows, actions } of pages) {
        await page.goto(`${stack.url}${path}`);
        await page.getByRole('main').getByText(shows).first().waitFor();
        for (const [name, permission] of Object.entries(actions)) {
          const action = page
            .getByRole('button', { name, exact: true })
            .or(page.getByRole('link', { name, exact: true }))
            .filter({ visible: true });
          const may = ROLE_PERMISSIONS[role].includes(permission);
          if (may) await action.first().waitFor();
          else if ((await action.count()) > 0) wrong.push(`${role}: ${name} at ${path}`);
        }
      }
      await page.context().close();
      // oxlint-enable no-await-in-loop
    }
    expect(wrong).toEqual([]);
  });

  it('that is taken away is gone at the next request', async () => {
    const cookie = await logins.cookieOf('ann');
    const pause = (action: string) =>
      logins.ask(`/api/relay/v1/queues/lonely/${action}`, { method: 'POST', cookie, body: {} });
    expect((await pause('pause')).status).toBe(200);
    expect((await pause('resume')).status).toBe(200);
    await logins.user(['role', '--name', 'ann', '--role', 'viewer']);
    expect((await pause('pause')).slug).toBe('role-forbidden');
    expect((await logins.ask('/api/relay/v1/overview', { cookie })).status).toBe(200);
    // A session is ended for every replica by the file that all of them read.
    const elsewhere = await logins.cookieOf('the-viewer');
    await logins.user(['logout', '--name', 'the-viewer']);
    expect((await logins.ask('/api/relay/v1/overview', { cookie: elsewhere })).slug).toBe(
      'login-required',
    );
    expect(
      (await logins.ask('/api/session', { cookie: await logins.cookieOf('the-viewer') })).status,
    ).toBe(200);
    const stream = await fetch(`${stack.url}/api/relay/v1/events`, { headers: { Cookie: cookie } });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await logins.user(['remove', '--name', 'ann']);
    expect((await logins.ask('/api/relay/v1/overview', { cookie })).slug).toBe('login-required');
    // It ends; were it open for ever, so would this.
    expect(await stream.text()).toContain('event: snapshot');
    expect((await logins.ask('/api/session', credentials('ann'))).slug).toBe('login-failed');
  });
});
