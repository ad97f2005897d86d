import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { startProcess } from '../src/index.ts';

const chatty = fileURLToPath(new URL('fixtures/chatty.ts', import.meta.url));

describe('startProcess', () => {
  test('runs a TypeScript file, keeps both streams and waits for the ready line', async () => {
    await using child = await startProcess({
      entry: chatty,
      env: { COMPLAINT: 'cold coffee' },
      readyPattern: /^ready as polite$/,
    });
    expect(child.pid).toBeGreaterThan(0);
    await child.waitForLine(/cold coffee/);
    expect(child.lines()).toContain('ready as polite');
  });

  test('sees a line that comes after the wait began', async () => {
    await using child = await startProcess({ entry: chatty, readyPattern: /ready/ });
    const poked = child.waitForLine(/poked/);
    expect(child.kill('SIGUSR2')).toBe(true);
    expect(await poked).toBe('poked');
  });

  test('stops politely and reports the code', async () => {
    const child = await startProcess({ entry: chatty, readyPattern: /ready/ });
    expect(await child.stop()).toEqual({ code: 7, signal: null });
    expect(child.lines()).toContain('told to stop');
    expect(await child.stop()).toEqual({ code: 7, signal: null });
    expect(child.kill()).toBe(false);
  });

  test('kills what does not stop in time, and what is frozen', async () => {
    const deaf = await startProcess({ entry: chatty, args: ['deaf'], readyPattern: /ready/ });
    deaf.kill('SIGSTOP');
    expect(await deaf.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(deaf.lines()).toContain('told to stop');
  });

  test('shows the last lines when the process ends before it is ready', async () => {
    const starting = startProcess({
      command: '/bin/sh',
      entry: '-c',
      args: ['echo no coffee; exit 3'],
      readyPattern: /ready/,
    });
    await expect(starting).rejects.toMatchObject({
      code: 'PROCESS_EXITED',
      message: expect.stringMatching(/code 3[\s\S]*no coffee/),
    });
  });

  test('ends a process that does not become ready in time', async () => {
    const starting = startProcess({
      command: '/bin/sh',
      entry: '-c',
      args: ['echo pid $$; exec sleep 600'],
      readyPattern: /ready/,
      readyDeadlineMs: 200,
    });
    const error = await starting.catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'DEADLINE_PASSED' });
    const pid = Number(/pid (\d+)/.exec(String(error))?.[1]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('reports a program that does not exist', async () => {
    const child = await startProcess({ command: '/nowhere/program', entry: 'x' });
    expect(await child.exit).toEqual({ code: null, signal: null });
    await expect(child.waitForLine(/ready/)).rejects.toMatchObject({ code: 'PROCESS_EXITED' });
    expect(child.lines().join()).toContain('ENOENT');
  });
});
