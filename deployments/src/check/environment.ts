import { gatewaySchema } from '@relay/api-gateway/config';
import { dashboardSchema } from '@relay/dashboard/config';
import { demoSchema } from '@relay/demo/config';
import { reaperPromoterSchema } from '@relay/reaper-promoter/config';
import { loadConfig } from '@relay/service-kit/config';
import { workerSchema } from '@relay/worker/config';
import { serviceVariables } from '../variables.ts';

/** A variable that a manifest, a compose file, a chart or an image sets. */
export interface Setting {
  /** For messages. */
  readonly where: string;
  readonly service: string;
  readonly name: string;
  /** Undefined: it comes from somewhere else. */
  readonly value: string | undefined;
}

/** Not of a service, but of the Node that runs it. */
const OF_NODE = new Set(['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']);

/** Documented variables that no manifest sets: their defaults are right until somebody has measured otherwise. */
const LEFT_TO_DEFAULTS: readonly string[] = [
  // As many series as a small Prometheus bears.
  'api-gateway RELAY_METRICS_QUEUES',
  'worker RELAY_METRICS_QUEUES',
  'reaper-promoter RELAY_METRICS_QUEUES',
  // `auto` guards by the keys that the manifests bring; off is nothing to begin with.
  'api-gateway RELAY_AUTH',
  // Where there are no files; the manifests have them.
  'api-gateway RELAY_API_KEYS',
  // Protection: generous for one process, and the same wherever it runs.
  'api-gateway RELAY_KEY_RATE_PER_SEC',
  'api-gateway RELAY_KEY_CONCURRENCY',
  'api-gateway RELAY_MAX_REQUESTS',
  'api-gateway RELAY_MAX_BUFFERED_BYTES',
  'api-gateway RELAY_MAX_LOOP_DELAY_MS',
  // Where there are no files; the manifests have them.
  'dashboard RELAY_USERS',
  // An hour and half a day; a cookie for https alone when the request came so.
  'dashboard RELAY_SESSION_IDLE_MS',
  'dashboard RELAY_SESSION_MAX_MS',
  'dashboard RELAY_COOKIE_SECURE',
  // What of a payload the browser shall not see is known to its owner alone.
  'dashboard RELAY_REDACT',
  // A quarter of a shorter lease makes its jobs start sooner.
  'worker RELAY_POLL_MS',
  // For handlers that block or leak: the worker's README says when.
  'worker RELAY_HEARTBEAT_THREAD',
  'worker RELAY_MAX_BLOCKED_MS',
  'worker RELAY_ISOLATION',
  'worker RELAY_CHILD_MEMORY_MB',
  'reaper-promoter RELAY_REAP_INTERVAL_MS',
  // What the demo's jobs are like.
  'demo LOG_LEVEL',
  'demo DEMO_QUEUE',
  'demo DEMO_BROKEN_PERCENT',
  'demo DEMO_FLAKY_PERCENT',
  'demo DEMO_DELAYED_PERCENT',
  'demo DEMO_DELAY_MS',
  'demo DEMO_PRIORITIES',
  'demo DEMO_HOLD_MS',
  'demo DEMO_PATIENCE_MS',
];

const SCHEMAS = {
  'api-gateway': gatewaySchema,
  worker: workerSchema,
  'reaper-promoter': reaperPromoterSchema,
  dashboard: dashboardSchema,
  demo: demoSchema,
} as const;

function isService(name: string): name is keyof typeof SCHEMAS {
  return name in SCHEMAS;
}

function namesOf(service: string): Set<string> {
  const { variables = [] } = serviceVariables.find((one) => one.service === service) ?? {};
  return new Set(
    variables.flatMap(({ name, file }) => (file === undefined ? [name] : [name, file])),
  );
}

/** Variables that their service does not know. */
export function unknownVariables(settings: readonly Setting[]): string[] {
  return settings
    .filter(
      ({ service, name }) =>
        isService(service) && !namesOf(service).has(name) && !OF_NODE.has(name),
    )
    .map(({ where, service, name }) => `${where}: ${name} is no variable of ${service}`);
}

/** Values that the service would refuse at its start: asked with the schema that it starts with. */
export function wrongValues(settings: readonly Setting[]): string[] {
  const places = new Map<string, Setting[]>();
  for (const setting of settings) {
    const key = `${setting.where} ${setting.service}`;
    places.set(key, [...(places.get(key) ?? []), setting]);
  }
  return [...places.values()].flatMap((group) => {
    const [{ service, where } = { service: '', where: '' }] = group;
    if (!isService(service)) return [];
    // A file is there when the container runs, and not now.
    const isFile = ({ name, value = '' }: Setting): boolean =>
      name.endsWith('_FILE') && value.startsWith('/');
    const literal = group.filter(
      (one) => one.value !== undefined && !isFile(one) && one.name !== 'DEMO_FOLDER',
    );
    const env = Object.fromEntries(literal.map(({ name, value }) => [name, value]));
    try {
      loadConfig(SCHEMAS[service], env);
      return [];
    } catch (error) {
      return [
        `${where}: ${service} would not start: ${error instanceof Error ? error.message : String(error)}`,
      ];
    }
  });
}

/** Documented variables that are set nowhere and not in {@link LEFT_TO_DEFAULTS}, and entries there that are stale. */
export function forgottenVariables(
  settings: readonly Setting[],
  leftOut = LEFT_TO_DEFAULTS,
): string[] {
  const set = new Set(settings.map(({ service, name }) => `${service} ${name}`));
  const known = new Set<string>();
  const forgotten = serviceVariables.flatMap(({ service, variables }) =>
    variables.flatMap(({ name, file }) => {
      const id = `${service} ${name}`;
      known.add(id);
      const given = set.has(id) || (file !== undefined && set.has(`${service} ${file}`));
      if (!given && !leftOut.includes(id))
        return [`${id} is in no manifest, and not in LEFT_TO_DEFAULTS`];
      return given && leftOut.includes(id)
        ? [`${id} is in LEFT_TO_DEFAULTS, but a manifest sets it`]
        : [];
    }),
  );
  return [
    ...forgotten,
    ...leftOut
      .filter((id) => !known.has(id))
      .map((id) => `${id} in LEFT_TO_DEFAULTS is no variable`),
  ];
}

/** How many variables the services document. */
export const documentedVariables = serviceVariables.reduce(
  (sum, { variables }) => sum + variables.length,
  0,
);
