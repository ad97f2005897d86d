import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { enqueueRequest } from '@relay/contract';
import { ConfigError, variablesOf } from '@relay/service-kit';
import { demoSchema, readCommand } from '../src/config.ts';
import { type Item, planItem } from '../src/plan.ts';

function plan(args: readonly string[], documents = ['a.md', 'b.md', 'c.md']): Item[] {
  const command = readCommand(args, {});
  if (command.kind !== 'run') throw new Error('not a run');
  const { config } = command;
  return Array.from({ length: config.DEMO_JOBS }, (_, number) =>
    planItem(number, { config, documents, run: 'r1' }),
  );
}

const fates = (items: readonly Item[]) => ({
  completes: items.filter(({ fate }) => fate === 'completes').length,
  'fails-first': items.filter(({ fate }) => fate === 'fails-first').length,
  dies: items.filter(({ fate }) => fate === 'dies').length,
});

describe('the plan of a run', () => {
  test('has the shares that were asked for', () => {
    expect(fates(plan([]))).toEqual({ completes: 160, 'fails-first': 20, dies: 20 });
    expect(fates(plan(['--jobs', '40', '--broken', '25', '--flaky', '0']))).toEqual({
      completes: 30,
      'fails-first': 0,
      dies: 10,
    });
    expect(fates(plan(['--broken', '100']))).toEqual({ completes: 0, 'fails-first': 0, dies: 200 });
  });

  test('gives requests that the contract accepts, and the same ones when it is made again', () => {
    const items = plan(['--hold-ms', '10']);
    for (const { request } of items)
      expect(enqueueRequest.safeParse(request).error).toBeUndefined();
    expect(plan(['--hold-ms', '10'])).toEqual(items);
    const keys = new Set(items.map(({ request }) => request.idempotencyKey));
    expect(keys.size).toBe(200);
  });

  test('uses documents again in parts when there are more jobs than documents', () => {
    const sections = plan(['--jobs', '9']).map(({ section }) => section);
    expect(sections[0]).toEqual({ path: 'a.md', part: 0, parts: 1 });
    expect(sections[3]).toEqual({ path: 'a.md', part: 0, parts: 4 });
    expect(sections[8]).toEqual({ path: 'c.md', part: 1, parts: 4 });
  });

  test('delays a share of the jobs within the bound, and takes the priorities in turns', () => {
    const items = plan(['--delayed', '50', '--delay-ms', '300', '--priorities', '7, -7']);
    const delays = items.flatMap(({ request }) => request.delayMs ?? []);
    expect(delays).toHaveLength(100);
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(300);
    expect(items.slice(0, 3).map(({ request }) => request.priority)).toEqual([7, -7, 7]);
  });
});

describe('the command line', () => {
  test('a flag wins over its variable', () => {
    const command = readCommand(['--jobs', '7'], { DEMO_JOBS: '8', DEMO_QUEUE: 'mails' });
    expect(command).toMatchObject({ config: { DEMO_JOBS: 7, DEMO_QUEUE: 'mails' } });
  });

  test.each([
    [['--jobs', '0'], 'DEMO_JOBS must be between'],
    [['--queue', 'a b'], 'DEMO_QUEUE'],
    [['--url', 'ftp://x'], 'RELAY_API_URL must look like'],
    [['--folder', '/does/not/exist'], 'DEMO_FOLDER is not a folder'],
    [['--priorities', '5,high'], 'DEMO_PRIORITIES'],
    [['--what'], '--what'],
    [['surplus'], 'surplus'],
  ])('%j is refused by name', (args, message) => {
    expect(() => readCommand(args, {})).toThrow(ConfigError);
    expect(() => readCommand(args, {})).toThrow(message);
  });

  test('--help names every flag with its variable', () => {
    const command = readCommand(['--help'], {});
    expect(command).toMatchObject({
      kind: 'help',
      text: expect.stringMatching(/--rate +DEMO_RATE/),
    });
  });
});

test('the README names every variable, with its default', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const { name, default: fallback } of variablesOf(demoSchema)) {
    // The folder's default is a path of this machine.
    const value = name === 'DEMO_FOLDER' || fallback === undefined ? '.+' : fallback;
    expect(readme).toMatch(new RegExp(`\\| \`${name}\`.* \\| .*${value.replaceAll(/[[\]]/g, '')}`));
  }
});
