// Over 300 lines on purpose: one set of services serves every command, and costs three seconds to start.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProcess, until } from '@relay/testkit';
import { MAIN, relay, Stack } from './stack.ts';

let stack: Stack;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'relay-cli-'));
  stack = await Stack.open();
  await Promise.all([stack.reaper(), stack.worker('work')]);
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const words = (text: string): string[] => text.split(' ');

const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

/** A program `relay` in a folder, as it is after an installation. */
function writeRelay(folder: string): void {
  const tsx = import.meta.resolve('tsx');
  const text = `#!/bin/sh\nexec "${process.execPath}" --import ${tsx} --conditions=@relay/source "${MAIN}" "$@"\n`;
  writeFileSync(join(folder, 'relay'), text, { mode: 0o755 });
}

function installed(command: string): boolean {
  const folders = process.env['PATH']?.split(delimiter) ?? [];
  return folders.some((folder) => existsSync(join(folder, command)));
}

describe('enqueue', () => {
  it('adds a job, and shows how it ended', async () => {
    const { code, out } = await stack.relay(
      words('enqueue work {"n":21} --type double --wait 30s'),
    );
    expect([code, out]).toEqual([0, expect.stringMatching(/^\S+ completed 42\n$/)]);
    const failed = await stack.relay(
      words('--json enqueue work null --type broken --max-attempts 1 --wait'),
    );
    expect([failed.code, failed.json()[0]]).toEqual([
      1,
      expect.objectContaining({
        state: 'dead',
        error: expect.objectContaining({ message: 'it is broken' }),
      }),
    ]);
  });

  it('takes every option, and a key twice is one job', async () => {
    const args = words(
      '--json enqueue idle {"a":1} --priority 7 --delay 1h --key k1 --max-attempts 3 --max-crashes 2 ' +
        '--run-timeout 30s --expires-in 2d --header tenant=7 --header trace=x',
    );
    const [first] = (await stack.relay(args)).json();
    const [second] = (await stack.relay(args)).json();
    expect([first.duplicate, second.duplicate, second.id]).toEqual([false, true, first.id]);
    const [job] = (await stack.relay(['--json', 'job', first.id])).json();
    expect(job).toMatchObject({
      state: 'scheduled',
      priority: 7,
      maxAttempts: 3,
      maxCrashes: 2,
      timeoutMs: 30_000,
      expiresInMs: 172_800_000,
      headers: { tenant: '7', trace: 'x' },
      payload: { a: 1 },
    });
    const shown = (await stack.relay(['job', first.id, '--queue', 'idle'])).out;
    expect(shown).toMatch(/^key +k1$/m);
    expect(shown).toMatch(/^payload +\{"a":1\}$/m);
  });

  it('adds a job a line; what is wrong with a line is told with its number, the others are added', async () => {
    const lines = [
      '{"payload":1}',
      '{"payload":',
      '',
      '{"type":"x","payload":2,"priority":5}',
      '{"load":3}',
      '{"payload":3,"priority":5000}',
      '{"payload":12345678901234567890}',
      '{"payload":"12345678901234567890"}',
    ];
    const args = ['enqueue', 'lines', '--file', '-', '--key-prefix', 'import'];
    const { code, out, err } = await stack.relay(args, { stdin: lines.join('\n') });
    expect([code, out]).toEqual([1, '3 accepted; 4 refused.\n']);
    expect(
      err
        .split('\n')
        .map((line) => line.slice(0, 8))
        .toSorted()
        .filter(Boolean),
    ).toEqual(['line 2: ', 'line 5: ', 'line 6: ', 'line 7: ']);
    expect(err).toContain('line 7: The number 12345678901234567890 would lose digits');
    // Once more: nothing is there twice.
    const again = await stack.relay(['--json', ...args], { stdin: lines.join('\r\n') });
    expect(again.json().filter((one) => one.duplicate)).toHaveLength(3);
    const refused = (line: number) => again.json().find((one) => one.line === line).error;
    expect(refused(2).code).toBe('usage');
    expect(refused(6)).toMatchObject({
      code: 'validation',
      message: expect.stringMatching(/^The request is invalid: \/priority /),
    });
    const [queue] = (await stack.relay(['--json', 'queues', '--search', 'lines'])).json();
    expect(queue.counts.ready).toBe(3);
  });

  it('reads a large file in constant pieces, with a bar on a terminal', async () => {
    const path = file('many.ndjson', '{"payload":{"x":"y"}}\n'.repeat(2_500));
    const { code, out, err } = await stack.relay(['enqueue', 'many', '--file', path], {
      tty: true,
    });
    expect([code, out]).toEqual([0, '2,500 accepted; 0 refused.\n']);
    expect(err).toMatch(/\r.*\[█*░*\] +\d+% [\d,]+ accepted/);
    expect(err.endsWith('\r\u001B[K')).toBe(true);
  });

  it('says with which line to go on when nobody answers', async () => {
    const args = [
      '--url',
      'http://127.0.0.1:1',
      '--timeout',
      '100ms',
      'enqueue',
      'q',
      '--file',
      '-',
    ];
    const { code, err } = await relay(args, { stdin: '{"payload":1}\n' });
    expect([code, err]).toEqual([3, expect.stringContaining('0 accepted. Go on with line 1.')]);
  });
});

describe('queues', () => {
  it('are listed, paused, limited and counted', async () => {
    await stack.relay(['enqueue', 'q1', '1']);
    expect((await stack.relay(['pause', 'q1'])).code).toBe(0);
    const table = (await stack.relay(['queues', '--search', 'q1'])).out.split('\n');
    expect(table[0]).toMatch(/^QUEUE +STATE +READY/);
    expect(table[1]).toMatch(/^q1 +paused +1 /);
    expect((await stack.relay(['resume', 'q1'])).code).toBe(0);
    const limits = ['limits', 'q1', '--rate', '100/s', '--burst', '7', '--concurrency', '5'];
    const [set] = (await stack.relay(['--json', ...limits])).json();
    expect(set.config).toMatchObject({
      rateLimit: { rate: 100, perMs: 1_000, burst: 7 },
      concurrency: 5,
    });
    const none = await stack.relay(['limits', 'q1', '--rate', 'none']);
    expect(none.out).toMatch(/^rate +none$/m);
    expect(none.out).toMatch(/^concurrency +5$/m);
    expect((await stack.relay(['stats', 'q1'])).out).toMatch(/^ready +1$/m);
    expect((await stack.relay(['stats'])).out).toMatch(/^workers +1, /m);
    expect((await stack.relay(['workers'])).out).toMatch(/ running .*work$/m);
  });

  it('are watched until Ctrl-C', async () => {
    const interrupt = new AbortController();
    const watched = stack.relay(['--json', 'stats', 'seen', '--watch'], {
      signal: interrupt.signal,
    });
    await stack.relay(['enqueue', 'seen', '1']);
    await stack.relay(['enqueue', 'seen', '2']);
    interrupt.abort();
    const { code, err } = await watched;
    expect([code, JSON.parse(err).error.code]).toEqual([130, 'interrupted']);
  });
});

describe('jobs', () => {
  it('are listed, cancelled and retried; one that is refused does not stop the others', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      ids.push((await stack.relay(['--json', 'enqueue', 'q2', String(n)])).json()[0].id);
    }
    const listed = await stack.relay(['--json', 'jobs', 'q2', '--limit', '2']);
    expect(listed.json().map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const { code, out, err } = await stack.relay(['cancel', ids[0]!, 'nobody', ids[1]!]);
    expect([code, out.match(/cancelled/g)]).toEqual([5, ['cancelled', 'cancelled']]);
    expect(err).toContain('nobody');
    const refused = await stack.relay(['retry', ids[2]!]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(ids[2]!)]);
    expect((await stack.relay(['jobs', 'q2', '--state', 'dead'])).err).toContain('No jobs in q2');
  });
});

describe('dead letters', () => {
  it('are grouped, requeued and purged, and never without being asked for', async () => {
    const stdin = '{"payload":1,"type":"broken","maxAttempts":1}\n'.repeat(3);
    await stack.relay(['enqueue', 'work', '--file', '-'], { stdin });
    const dead = async () => (await stack.relay(['--json', 'dead-letters', 'list', 'work'])).out;
    await until(async () => (await dead()).split('\n').length > 3, { what: 'three dead letters' });
    const groups = await stack.relay(['dead-letters', 'groups', 'work']);
    expect(groups.out).toMatch(/attempts-exhausted .*it is broken/);

    const all = ['dead-letters', 'purge', 'work'];
    expect((await stack.relay(all)).code).toBe(2);
    expect((await stack.relay([...all, '--all'])).err).toContain('Say so with --yes');
    const no = await stack.relay([...all, '--all'], { answers: 'n\n' });
    expect([no.code, no.err]).toEqual([0, expect.stringContaining('Nothing was done.')]);
    const counted = await stack.relay(['--json', ...all, '--reason', 'crashed', '--dry-run']);
    expect(counted.json()).toEqual([{ matched: 0 }]);

    const [one] = (await stack.relay(['--json', 'dlq', 'list', 'work', '--limit', '1'])).json();
    const fixed = ['dead-letters', 'requeue', 'work', one.id, '--payload', '{"n":1}'];
    expect((await stack.relay(fixed)).out).toBe(`${one.id}: ready\n`);
    await until(async () => (await dead()).includes(one.id), { what: 'it to die again' });

    const requeued = await stack.relay(['dlq', 'requeue', 'work', '--type', 'broken', '--yes']);
    expect([requeued.code, requeued.out]).toEqual([0, expect.stringMatching(/\d+ jobs requeued/)]);
    await until(
      async () => (await stack.relay(['--json', 'stats', 'work'])).json()[0].ready === 0,
      {
        what: 'them to have run again',
      },
    );
    const purged = await stack.relay([...all, '--all'], { answers: 'yes\n' });
    expect([purged.code, purged.out]).toEqual([0, expect.stringMatching(/removed/)]);
  });
});

describe('schedules', () => {
  it('are put, shown, run, paused and deleted', async () => {
    const cron = ['--cron', '0 3 * * *', '--timezone', 'Europe/Berlin'];
    const put = ['schedules', 'put', 'nightly', '--queue', 'reports', ...cron, '--type', 'report'];
    expect((await stack.relay(put)).out).toMatch(/^when +0 3 \* \* \* Europe\/Berlin$/m);
    const definition = { queue: 'reports', everyMs: 3_600_000, job: { payload: { a: 1 } } };
    const path = file('hourly.json', JSON.stringify(definition));
    expect((await stack.relay(['schedules', 'put', 'hourly', '--file', path])).code).toBe(0);
    expect((await stack.relay(['schedules', 'list'])).out).toMatch(/^hourly +reports +every 1h/m);
    const preview = (await stack.relay(['schedules', 'preview', 'hourly', '--count', '3'])).out;
    expect(preview.trim().split('\n')).toHaveLength(3);
    expect((await stack.relay(['schedules', 'run', 'hourly'])).out).toMatch(/ in reports$/m);
    expect((await stack.relay(['schedules', 'pause', 'hourly'])).out).toMatch(/^state +paused$/m);
    expect((await stack.relay(['schedules', 'resume', 'hourly'])).out).toMatch(/^state +running$/m);
    expect((await stack.relay(['schedules', 'show', 'hourly'])).out).toMatch(/ enqueued /);
    expect((await stack.relay(['schedules', 'delete', 'hourly'])).code).toBe(2);
    expect((await stack.relay(['schedules', 'delete', 'hourly', '--yes'])).code).toBe(0);
    expect((await stack.relay(['schedules', 'show', 'hourly'])).code).toBe(5);
  });
});

describe('keys', () => {
  it('are made, listed without their secrets, rotated and revoked', async () => {
    const env = { RELAY_API_KEYS_FILE: join(dir, 'keys.json') };
    const keys = (...args: string[]) => relay(['keys', ...args], { env });
    const made = await keys('create', '--name', 'shop', '--role', 'producer', '--queue', 'a*');
    const token = made.out.trim();
    expect(token).toMatch(/^rk_[0-9a-f]{12}_[\w-]{43}$/);
    expect(readFileSync(env.RELAY_API_KEYS_FILE, 'utf8')).not.toContain(token.slice(-43));
    const list = await keys('list');
    expect(list.out).toMatch(/shop +producer +a\* +never/);
    expect(list.out).not.toContain(token.slice(-43));
    const id = token.split('_')[1]!;
    expect((await keys('rotate', '--id', id)).code).toBe(2);
    expect((await keys('rotate', '--id', id, '--keep', '1h')).out).toMatch(/^rk_/);
    expect((await keys('revoke', '--id', id)).code).toBe(2);
    expect((await keys('revoke', '--id', id, '--yes')).code).toBe(0);
    expect((await keys('revoke', '--id', id, '--yes')).code).toBe(1);
  });

  it.each([
    ['no role', ['create', '--name', 'x']],
    ['an unknown role', ['create', '--name', 'x', '--role', 'root']],
    ['a bad pattern', ['create', '--name', 'x', '--role', 'admin', '--queue', '*a*']],
    ['a bad time', ['create', '--name', 'x', '--role', 'admin', '--expires', 'soon']],
    ['an unknown option', ['list', '--all']],
    ['no file', ['list', '--file', '']],
  ])('are not touched by a command with %s', async (_, args) => {
    const path = join(dir, 'none.json');
    expect((await relay(['keys', ...args], { env: { RELAY_API_KEYS_FILE: path } })).code).toBe(2);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});

describe('the process', () => {
  const start = (args: readonly string[], options: object = {}) =>
    startProcess({ entry: MAIN, args: ['--url', stack.url, ...args], ...options });

  it('ends with 130 at Ctrl-C, and leaves nothing open', async () => {
    await stack.relay(['enqueue', 'watched', '1']);
    await using watching = await start(['stats', '--watch'], { readyPattern: /^watched / });
    watching.kill('SIGINT');
    expect(await watching.exit).toEqual({ code: 130, signal: null });
    expect(watching.lines().at(-1)).toBe('relay: interrupted');
  });

  it('ends quietly when its reader has gone', async () => {
    await stack.relay(['enqueue', 'pipe', '--file', '-'], {
      stdin: '{"payload":1}\n'.repeat(2_000),
    });
    const relayCommand = `"${process.execPath}" --import tsx --conditions=@relay/source "${MAIN}" --json --url ${stack.url} jobs pipe --limit 2000`;
    await using shell = await startProcess({
      command: 'bash',
      entry: '-c',
      args: [`{ ${relayCommand}; echo "code $?" >&2; } | head -n 1 | cut -c 1-7`],
    });
    await shell.exit;
    expect(shell.lines().toSorted()).toEqual(['code 141', '{"id":"']);
  });

  it('completes commands, options, values and the names of queues, in bash', async () => {
    await stack.relay(['enqueue', 'completed-queue', '1']);
    writeRelay(dir);
    const ask = (...typed: string[]): string =>
      `COMP_WORDS=(relay ${typed.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length}; _relay_completion; echo "\${COMPREPLY[*]}"`;
    const script = [
      'eval "$(relay completion bash)"',
      ask('dead-letters', 'p'),
      ask('jobs', 'q', '--st'),
      ask('jobs', 'q', '--state', 'de'),
      ask('pause', 'complet'),
    ].join('\n');
    await using shell = await startProcess({
      command: 'bash',
      entry: '-c',
      args: [script],
      env: { PATH: `${dir}:${process.env['PATH']}`, RELAY_URL: stack.url },
    });
    expect(await shell.exit).toMatchObject({ code: 0 });
    expect(shell.lines()).toEqual(['purge', '--state', 'dead', 'completed-queue']);
  });

  // Where there is one: bash is everywhere that the tests run, fish is not.
  (installed('fish') ? it : it.skip)(
    'completes in fish, and files where it has nothing',
    async () => {
      const bin = mkdtempSync(join(dir, 'fish-'));
      writeRelay(bin);
      const ask = (typed: string): string => `complete -C 'relay ${typed}' | cut -f 1`;
      await using shell = await startProcess({
        command: 'fish',
        entry: '--no-config',
        args: [
          '-c',
          [
            'relay completion fish | source',
            ask('dead-letters pu'),
            ask('jobs q --state de'),
            ask('enqueue q --file rel'),
          ].join('\n'),
        ],
        cwd: bin,
        env: { PATH: `${bin}:${process.env['PATH']}`, RELAY_URL: stack.url },
      });
      expect(await shell.exit).toMatchObject({ code: 0 });
      expect(shell.lines()).toEqual(['purge', 'dead', 'relay']);
    },
  );
});

describe('exit codes and colours', () => {
  it.each([
    ['no command', [], 2],
    ['an unknown one', ['destroy'], 2],
    ['a wrong value', ['enqueue', 'q', '1', '--priority', 'high'], 2],
    ['a payload that is no JSON', ['enqueue', 'q', '{'], 2],
    ['a bad queue name', ['pause', 'a/b'], 2],
    ['a job that is not there', ['job', 'nobody'], 5],
    ['the jobs of a queue that is not there', ['jobs', 'nowhere'], 5],
    ['its dead letters', ['--json', 'dead-letters', 'list', 'nowhere'], 5],
    ['help', ['--help'], 0],
  ])('%s', async (_, args, code) => {
    expect((await stack.relay(args)).code).toBe(code);
  });

  it('a key that cannot be one is told before it is sent', async () => {
    const { code, err } = await relay(['--url', stack.url, 'queues'], {
      env: { RELAY_API_KEY_FILE: file('key', 'hello') },
    });
    expect([code, err]).toEqual([2, expect.stringContaining('rk_<id>_<secret>')]);
  });

  it('are on a terminal only, and not with NO_COLOR', async () => {
    const colour = '\u001B[';
    expect((await stack.relay(['queues'], { tty: true })).out).toContain(colour);
    expect((await stack.relay(['queues'])).out).not.toContain(colour);
    const env = { NO_COLOR: '1' };
    expect((await stack.relay(['queues'], { tty: true, env })).out).not.toContain(colour);
    expect((await stack.relay(['--no-color', 'queues'], { tty: true })).out).not.toContain(colour);
  });
});
