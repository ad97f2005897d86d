import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from './errors.ts';
import type { Metrics } from './metrics.ts';

/** Resolves when fit to serve; rejects with the reason when not. */
export type ReadinessCheck = () => Promise<void> | void;

/** What a probe answers, whatever carries it. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

/** Says that a loop still turns; see {@link Probes.heartbeat}. */
export interface Heartbeat extends Disposable {
  beat(): void;
}

export interface ProbesOptions {
  readonly metrics: Metrics;
  /** A readiness check that takes longer has failed. Defaults to 1,000. */
  readonly checkTimeoutMs?: number;
  /** Monotonic, in ms. Defaults to `performance.now`. */
  readonly now?: () => number;
}

/** The paths that {@link Probes.answer} knows. */
export const PROBE_PATHS = ['/livez', '/healthz', '/readyz', '/metrics'] as const;
export type ProbePath = (typeof PROBE_PATHS)[number];

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * The probes of one process.
 *
 * `/livez` (alias `/healthz`) says whether the process should be left alone: every registered
 * heartbeat is recent. (An event loop that doesn't turn answers nothing at all, which is a failed
 * probe too.) It never asks Redis: restarting a service does not repair Redis.
 * `/readyz` says whether it should get work: every check passes and it is not draining.
 * `/metrics` is the registry in Prometheus's text format.
 */
export class Probes {
  readonly #metrics: Metrics;
  readonly #checkTimeoutMs: number;
  readonly #now: () => number;
  readonly #checks = new Map<string, ReadinessCheck>();
  readonly #beats = new Map<string, { last: number; maxAgeMs: number }>();
  #draining = false;
  #started = false;
  #readiness: Promise<ProbeAnswer> | undefined;

  constructor(options: ProbesOptions) {
    this.#metrics = options.metrics;
    this.#checkTimeoutMs = options.checkTimeoutMs ?? 1_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Adds a named condition of readiness. */
  addReadiness(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  /**
   * Adds a condition of liveness: `beat()` must be called at least every `maxAgeMs`. Dispose of it
   * when the loop ends on purpose.
   */
  heartbeat(name: string, maxAgeMs: number): Heartbeat {
    const entry = { last: this.#now(), maxAgeMs };
    this.#beats.set(name, entry);
    return {
      beat: () => {
        entry.last = this.#now();
      },
      [Symbol.dispose]: () => {
        this.#beats.delete(name);
      },
    };
  }

  /** The service's start is complete: `/readyz` may say yes from now on. */
  setStarted(): void {
    this.#started = true;
  }

  /** `/readyz` says no from now on. */
  setDraining(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Answers one of {@link PROBE_PATHS}. */
  async answer(path: ProbePath): Promise<ProbeAnswer> {
    if (path === '/readyz') return await this.#readyz();
    if (path !== '/metrics') return this.#livez();
    const { registry } = this.#metrics;
    return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
  }

  /** Answers a request of Node's own server; `false` when its path is none of ours. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = PROBE_PATHS.find((one) => one === (request.url ?? '').split('?', 1)[0]);
    if (path === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const { status, contentType, body } = await this.answer(path);
    response
      .writeHead(status, {
        'Content-Type': contentType,
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
      })
      .end(request.method === 'HEAD' ? undefined : body);
    return true;
  }

  #livez(): ProbeAnswer {
    const now = this.#now();
    const late = [...this.#beats].filter(([, beat]) => now - beat.last > beat.maxAgeMs);
    const reasons = late.map(
      ([name, beat]) => `${name} has made no progress for ${Math.round(now - beat.last)} ms`,
    );
    return verdict('alive', reasons);
  }

  /** Askers that come together share one round of checks. */
  #readyz(): Promise<ProbeAnswer> {
    this.#readiness ??= this.#check().finally(() => {
      this.#readiness = undefined;
    });
    return this.#readiness;
  }

  async #check(): Promise<ProbeAnswer> {
    if (this.#draining) return verdict('ready', ['draining']);
    const reasons = this.#started ? [] : ['starting'];
    await Promise.all(
      [...this.#checks].map(async ([name, check]) => {
        try {
          await within(this.#checkTimeoutMs, check);
        } catch (error) {
          reasons.push(`${name}: ${messageOf(error)}`);
        }
      }),
    );
    return verdict('ready', reasons);
  }
}

function verdict(word: 'alive' | 'ready', reasons: readonly string[]): ProbeAnswer {
  const good = reasons.length === 0;
  return {
    status: good ? 200 : 503,
    contentType: JSON_TYPE,
    body: JSON.stringify({ status: good ? word : `not ${word}`, reasons }),
  };
}

async function within(timeoutMs: number, check: ReadinessCheck): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}
