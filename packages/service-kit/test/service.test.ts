import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  commonVariables,
  type Environment,
  type HostListeners,
  portVariable,
  runService,
  type ServiceContext,
  type ServiceHost,
  StartError,
  StoreMonitor,
} from '../src/index.ts';

const schema = z.object({ ...commonVariables, PORT: portVariable(0) });

type Context = ServiceContext<typeof schema>;

const AWAY = Object.assign(new Error('connection refused'), { code: 'store-unavailable' });

/** A process that only pretends. */
class FakeHost implements ServiceHost {
  readonly stderrLines: string[] = [];
  readonly env: Environment;
  readonly logging;
  log = '';
  readonly #events = new EventEmitter();
  #listeners: HostListeners | undefined;

  constructor(env: Environment = {}) {
    this.env = env;
    this.logging = {
      destination: new Writable({
        write: (chunk, _, done) => {
          this.log += String(chunk);
          done();
        },
      }),
    };
  }

  /** The code that the process would have ended with. */
  readonly exited = new Promise<number>((resolve) => {
    this.#events.once('exit', resolve);
  });

  stderr(line: string) {
    this.stderrLines.push(line);
  }
  exit(code: number) {
    this.#events.emit('exit', code);
  }
  listen(listeners: HostListeners) {
    this.#listeners = listeners;
    return () => undefined;
  }
  signal() {
    this.#listeners?.signal('SIGTERM');
  }
  fatal(error: unknown) {
    this.#listeners?.fatal(error);
  }
}

const run = async (host: FakeHost, start: (context: Context) => Promise<void>) =>
  await runService({ name: 'svc', version: '1.0.0', schema, start }, host);

describe('a service', () => {
  it('stops in the reverse order of its start, and exits 0', async () => {
    const host = new FakeHost();
    const order: string[] = [];
    await run(host, async ({ shutdown, probes }) => {
      shutdown.add('first', () => order.push('first'));
      shutdown.add('second', async () => {
        order.push(`second, draining ${probes.draining}`);
      });
    });
    host.signal();
    expect(await host.exited).toBe(0);
    expect(order).toEqual(['second, draining true', 'first']);
  });

  it('goes on with the other steps when one fails or is late, and exits 1', async () => {
    const host = new FakeHost();
    const order: string[] = [];
    await run(host, async ({ shutdown }) => {
      shutdown.add('last', () => order.push('last'));
      shutdown.add('stuck', () => new Promise(() => undefined), { budgetMs: 20 });
      shutdown.add('broken', () => {
        throw new Error('broke');
      });
    });
    host.signal();
    expect(await host.exited).toBe(1);
    expect(order).toEqual(['last']);
    expect(host.log).toContain('stopping stuck: not done within 20 ms');
    expect(host.log).toContain('stopping broken: broke');
  });

  it('leaves at once at a second signal', async () => {
    const host = new FakeHost();
    await run(host, async ({ shutdown }) => {
      shutdown.add('stuck', () => new Promise(() => undefined), { budgetMs: 20 });
    });
    host.signal();
    host.signal();
    expect(await host.exited).toBe(1);
  });

  it('says in one line why it cannot start, and stops what has started', async () => {
    const host = new FakeHost();
    let stopped = false;
    await run(host, async ({ shutdown }) => {
      shutdown.add('part', () => {
        stopped = true;
      });
      throw new StartError('port 1 is in use');
    });
    expect([await host.exited, host.stderrLines, stopped]).toEqual([
      1,
      ['svc: port 1 is in use'],
      true,
    ]);
  });

  it('shows the stack of a defect, and exits 78 for a wrong configuration', async () => {
    const broken = new FakeHost();
    await run(broken, async () => {
      throw new TypeError('x is not a function');
    });
    expect(await broken.exited).toBe(1);
    expect(broken.stderrLines[0]).toMatch(
      /could not start: TypeError: x is not a function\n\s+at /,
    );
    const wrong = new FakeHost({ PORT: 'x' });
    await run(wrong, async () => undefined);
    expect(await wrong.exited).toBe(78);
    expect(wrong.stderrLines).toEqual([expect.stringMatching(/^svc: configuration: PORT /)]);
  });

  it('stops in order at an error that nobody caught, says what was under way, and exits 1', async () => {
    const host = new FakeHost();
    let work: () => void = () => undefined;
    await run(host, async ({ shutdown, probes }) => {
      shutdown.add('work', async () => {
        expect([probes.draining, shutdown.failed]).toEqual([true, true]);
        await new Promise<void>((resolve) => {
          work = resolve;
        });
      });
      shutdown.addDetails(() => ({ running: ['a', 'b'] }));
    });
    host.fatal(new Error('lost'));
    for (let i = 0; i < 50; i++) host.fatal(new Error('burst'));
    // What orders the end of a service that is ending anyway must not cut it short; a second time it means it.
    host.signal();
    work();
    expect(await host.exited).toBe(1);
    const lines = host.log.split('\n').filter((line) => line !== '');
    const fatal = lines.filter((line) => line.includes('"fatal"'));
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toContain('unexpected error: lost');
    expect(JSON.parse(fatal[0] ?? '')).toMatchObject({ running: ['a', 'b'] });
    expect(lines.filter((line) => line.includes('burst'))).toHaveLength(9);
  });

  it('goes on stopping when an error that nobody caught falls into it, and exits 1', async () => {
    const host = new FakeHost();
    let ended = false;
    await run(host, async ({ shutdown }) => {
      shutdown.add('work', async () => {
        host.fatal(new Error('late'));
        await new Promise((resolve) => setImmediate(resolve));
        ended = true;
      });
    });
    host.signal();
    expect([await host.exited, ended]).toEqual([1, true]);
  });

  it('ends well when it is stopped while it starts', async () => {
    const host = new FakeHost();
    const running = run(host, async ({ shutdown, logger, metrics }) => {
      const monitor = new StoreMonitor({
        store: { connect: () => Promise.reject(AWAY), ping: async () => undefined },
        logger,
        metrics,
        address: 'redis://x',
        waitMs: 0,
      });
      shutdown.add('monitor', () => monitor.stop());
      setImmediate(() => host.signal());
      await monitor.start(shutdown.signal);
    });
    expect(await host.exited).toBe(0);
    await running;
    expect(host.stderrLines).toEqual([]);
  });
});
