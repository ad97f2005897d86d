import { describe, expect, test } from '@jest/globals';
import { until } from '../src/index.ts';

describe('until', () => {
  test('returns the first truthy answer', async () => {
    let looks = 0;
    const answer = await until(() => (++looks < 3 ? undefined : { looks }), {
      what: 'a third look',
    });
    expect(answer).toEqual({ looks: 3 });
  });

  test('names what it waited for when the deadline passes', async () => {
    const waiting = until(() => false, { what: 'the moon to fall', deadlineMs: 30 });
    await expect(waiting).rejects.toMatchObject({
      code: 'DEADLINE_PASSED',
      message: 'Gave up waiting for the moon to fall after 30 ms',
    });
  });

  test('counts an error as "not yet" and keeps the last one as the cause', async () => {
    let looks = 0;
    const fails = () => {
      looks++;
      throw new Error(`look ${looks}`);
    };
    const error = await until(fails, { what: 'calm', deadlineMs: 30 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'DEADLINE_PASSED', cause: { message: `look ${looks}` } });
    expect(looks).toBeGreaterThan(1);
  });

  test('looks once more when it was held up past the deadline', async () => {
    let came = false;
    const waiting = until(() => came, { what: 'what came meanwhile', deadlineMs: 20 });
    const end = performance.now() + 60;
    while (performance.now() < end);
    came = true;
    expect(await waiting).toBe(true);
  });

  test('gives up on a look that never answers', async () => {
    const waiting = until(() => new Promise<never>(() => {}), { what: 'Godot', deadlineMs: 30 });
    await expect(waiting).rejects.toThrow(/Godot .* still under way/);
  });

  test('looks once more after an error', async () => {
    let looks = 0;
    const answer = await until(
      () => {
        if (++looks === 1) throw new Error('too early');
        return 'late enough';
      },
      { what: 'the second look' },
    );
    expect(answer).toBe('late enough');
  });
});
