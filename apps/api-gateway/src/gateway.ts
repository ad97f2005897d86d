import { createServer } from 'node:http';
import { closeServer, type Logger, listen, type Metrics, type Probes } from '@relay/service-kit';
import { createApp } from './app.ts';
import type { AuthPolicy } from './auth/policy.ts';
import { boundedStore } from './bounded-store.ts';
import { answerClientErrors } from './http/client-error.ts';
import { HttpMetrics } from './metrics/http-metrics.ts';
import { Protection, type ProtectionOptions } from './protection/protection.ts';
import { createServices, type ServicesOptions } from './services.ts';
import type { Backend } from './store.ts';

export interface GatewayOptions {
  readonly store: Backend;
  readonly auth: AuthPolicy;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly probes: Probes;
  readonly timeouts?: GatewayTimeouts;
  readonly protection?: ProtectionOptions;
  readonly events?: ServicesOptions['events'];
}

export interface GatewayTimeouts {
  /** Until the header of a request has come. Defaults to 10,000. */
  readonly headersMs?: number;
  /** Until the whole of it has come. Defaults to 30,000. */
  readonly requestMs?: number;
  /** A caller waits no longer than this for the store, then is told to come again. Defaults to 1,800: 503 within 2 s. */
  readonly storeMs?: number;
}

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** For instance `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops listening, answers what it has for at most `graceMs` (default 10,000), cuts the rest. */
  close(graceMs?: number): Promise<boolean>;
}

/**
 * A client that neither sends nor takes anything for so long holds memory for nothing. Longer than any
 * wait of ours (30 s) and than the pause between two comments of an event stream (15 s).
 */
const STALLED_MS = 120_000;

/** Idle ones too, each of some kilobytes: more are closed unheard. */
const MOST_CONNECTIONS = 20_000;

/** How long a connection may idle between two requests: longer than the 60 s of usual load balancers. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Starts the HTTP API.
 *
 * @throws {StartError} when it cannot listen there.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { auth, logger, metrics, probes, version } = options;
  const { headersMs = 10_000, requestMs = 30_000, storeMs = 1_800 } = options.timeouts ?? {};
  const store = boundedStore(options.store, storeMs);
  const httpMetrics = new HttpMetrics(metrics);
  const protection = new Protection(options.protection);
  const services = createServices({
    backend: options.store,
    store,
    limitMs: storeMs,
    metrics,
    logger,
    version,
    ...(options.events === undefined ? {} : { events: options.events }),
  });
  const app = createApp({
    protection,
    handlers: services.handlers,
    events: services.events,
    version,
    authenticator: auth.authenticator,
    loopbackOnly: auth.loopbackOnly,
    queueGauges: services.queueGauges,
    httpMetrics,
    probes,
    logger,
  });
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1_000, headersMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 16_384,
      // Node's own answer to a missing Host is no problem document; edge.ts gives one.
      requireHostHeader: false,
    },
    app,
  );
  server.setTimeout(STALLED_MS, (socket) => socket.destroy());
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', () => httpMetrics.rejected('overload-connections'));
  answerClientErrors(server, (reason) => httpMetrics.rejected(reason));
  const url = await listen(server, options);
  protection.start();
  services.start();
  const close = async (graceMs = 10_000) => {
    protection[Symbol.dispose]();
    // Those who wait are answered while the server closes.
    const [clean] = await Promise.all([closeServer(server, graceMs), services.stop()]);
    return clean;
  };
  return {
    url,
    close,
    async [Symbol.asyncDispose]() {
      await close(0);
    },
  };
}
