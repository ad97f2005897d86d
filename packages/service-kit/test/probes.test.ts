import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  closeServer,
  listen,
  Metrics,
  Probes,
  StartError,
  startProbeServer,
} from '../src/index.ts';

function makeProbes() {
  const clock = { now: 0 };
  const metrics = new Metrics({ component: 'test', version: '1.2.3', processMetrics: false });
  const probes = new Probes({ metrics, checkTimeoutMs: 50, now: () => clock.now });
  return { clock, metrics, probes };
}

const read = async (probes: Probes, path: '/livez' | '/readyz') => {
  const { status, body } = await probes.answer(path);
  return { status, reasons: (JSON.parse(body) as { reasons: string[] }).reasons };
};

describe('liveness', () => {
  it('ends when a loop has made no progress for too long, and comes back when it does', async () => {
    const { clock, probes } = makeProbes();
    const loop = probes.heartbeat('claim loop', 1_000);
    clock.now = 1_000;
    expect((await read(probes, '/livez')).status).toBe(200);
    clock.now = 1_001;
    expect(await read(probes, '/livez')).toEqual({
      status: 503,
      reasons: ['claim loop has made no progress for 1001 ms'],
    });
    loop.beat();
    expect((await read(probes, '/livez')).status).toBe(200);
    clock.now = 9_999;
    loop[Symbol.dispose]();
    expect((await read(probes, '/livez')).status).toBe(200);
  });

  it('does not depend on readiness', async () => {
    const { probes } = makeProbes();
    probes.addReadiness('redis', () => {
      throw new Error('away');
    });
    probes.setDraining();
    expect((await read(probes, '/livez')).status).toBe(200);
  });
});

describe('readiness', () => {
  it('names every reason', async () => {
    const { probes } = makeProbes();
    let fine = false;
    probes.addReadiness('redis', () => {
      if (!fine) throw new Error('away');
    });
    probes.addReadiness('slow', async () => {
      if (!fine) await new Promise(() => undefined);
    });
    expect((await read(probes, '/readyz')).reasons.toSorted()).toEqual([
      'redis: away',
      'slow: no answer within 50 ms',
      'starting',
    ]);
    fine = true;
    probes.setStarted();
    expect(await read(probes, '/readyz')).toEqual({ status: 200, reasons: [] });
    probes.setDraining();
    expect(await read(probes, '/readyz')).toEqual({ status: 503, reasons: ['draining'] });
  });

  it('asks once for many who ask at once', async () => {
    const { probes } = makeProbes();
    let asked = 0;
    probes.addReadiness('count', () => {
      asked++;
    });
    await Promise.all(Array.from({ length: 50 }, () => probes.answer('/readyz')));
    expect(asked).toBe(1);
  });
});

describe('the probe server', () => {
  it('serves probes and metrics, and nothing else', async () => {
    const { probes } = makeProbes();
    await using server = await startProbeServer({ probes, host: '127.0.0.1', port: 0 });
    const status = async (path: string, method = 'GET') =>
      (await fetch(server.url + path, { method })).status;
    expect(await status('/livez')).toBe(200);
    expect(await status('/healthz?x=1')).toBe(200);
    expect(await status('/readyz', 'HEAD')).toBe(503);
    expect(await status('/livez', 'POST')).toBe(404);
    expect(await status('/etc')).toBe(404);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('relay_build_info{component="test",version="1.2.3"} 1');
  });

  it('says when its port is in use, or its address is not ours', async () => {
    const { probes } = makeProbes();
    await using server = await startProbeServer({ probes, host: '127.0.0.1', port: 0 });
    const port = Number(new URL(server.url).port);
    const again = startProbeServer({ probes, host: '127.0.0.1', port });
    await expect(again).rejects.toThrow(StartError);
    await expect(again).rejects.toThrow(/port \d+ on 127\.0\.0\.1 is in use/);
    const foreign = startProbeServer({ probes, host: '203.0.113.1', port: 0 });
    await expect(foreign).rejects.toThrow(/HOST 203\.0\.113\.1 is not an address/);
  });
});

it('a server that closes lets a running request end, and cuts it when its grace is over', async () => {
  for (const answers of [true, false]) {
    let finish: () => void = () => undefined;
    let seen: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const server = createServer((_, response) => {
      finish = () => response.end('done');
      seen();
    });
    const url = await listen(server, { host: '127.0.0.1', port: 0 });
    const request = fetch(url).then(
      (response) => response.text(),
      () => 'cut',
    );
    await began;
    const closing = closeServer(server, answers ? 5_000 : 50);
    if (answers) finish();
    expect(await closing).toBe(answers);
    expect(await request).toBe(answers ? 'done' : 'cut');
  }
});
