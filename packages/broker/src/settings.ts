import { createHash } from 'node:crypto';
import { Issues } from './names.ts';
import { parseBackoff } from './record.ts';
import { DEFAULT_BACKOFF, encodeBackoff, LIMITS, validateRequest } from './request.ts';
import type { QueueSettings, QueueSettingsPatch, Retention } from './types.ts';

const TEN_YEARS_MS = 315_576_000_000;
const MILLION = 1_000_000;

type Field = readonly [name: string, value: string | number];

/** The same names in the same order as in `lua/lib/revision.lua`. */
const NAMES = [
  'concurrency',
  'rate',
  'perMs',
  'burst',
  'maxReady',
  'maxAttempts',
  'maxCrashes',
  'leaseMs',
  'backoff',
  'completedMaxAgeMs',
  'completedMaxCount',
  'deadMaxAgeMs',
  'deadMaxCount',
];

/** @throws ValidationError for what the types cannot refuse. */
function validate(patch: QueueSettingsPatch): void {
  const issues = new Issues();
  const { rateLimit, concurrency, maxReady, defaults = {}, retention = {}, ifRevision } = patch;
  if (ifRevision !== undefined && !/^[0-9a-f]{40}$/.test(ifRevision)) {
    issues.add('/ifRevision', 'is not a revision of settings');
  }
  if (rateLimit) {
    if (rateLimit.rate === undefined) issues.add('/rateLimit/rate', 'is required');
    if (rateLimit.perMs === undefined) issues.add('/rateLimit/perMs', 'is required');
    issues.integer('/rateLimit/rate', rateLimit.rate, [1, MILLION]);
    issues.integer('/rateLimit/perMs', rateLimit.perMs, [1, 86_400_000]);
    issues.integer('/rateLimit/burst', rateLimit.burst, [1, MILLION]);
  }
  issues.integer('/concurrency', concurrency ?? undefined, [1, MILLION]);
  issues.integer('/maxReady', maxReady ?? undefined, [1, 1_000 * MILLION]);
  issues.integer('/defaults/leaseMs', defaults.leaseMs ?? undefined, LIMITS.leaseMs);
  const request = validateRequest({
    payload: 'null',
    ...(defaults.maxAttempts == null ? {} : { maxAttempts: defaults.maxAttempts }),
    ...(defaults.maxCrashes == null ? {} : { maxCrashes: defaults.maxCrashes }),
    ...(defaults.backoff == null ? {} : { backoff: defaults.backoff }),
  });
  for (const { path, message } of request?.issues ?? []) issues.add(`/defaults${path}`, message);
  for (const [name, policy] of Object.entries(retention) as [string, Retention | undefined][]) {
    issues.integer(`/retention/${name}/maxAgeMs`, policy?.maxAgeMs ?? undefined, [0, TEN_YEARS_MS]);
    issues.integer(`/retention/${name}/maxCount`, policy?.maxCount ?? undefined, [0, 10 * MILLION]);
  }
  issues.check();
}

/** For `configure.lua`: the revision or '', then names and values, of which '' takes a setting away. */
export function encodeSettings(patch: QueueSettingsPatch): (string | number)[] {
  validate(patch);
  const { rateLimit, concurrency, maxReady, defaults = {}, retention = {} } = patch;
  const fields: Field[] = [];
  const put = (name: string, value: string | number | null | undefined): void => {
    if (value !== undefined) fields.push([name, value ?? '']);
  };
  if (rateLimit !== undefined) {
    put('rate', rateLimit?.rate ?? null);
    put('perMs', rateLimit?.perMs ?? null);
    put('burst', rateLimit ? (rateLimit.burst ?? rateLimit.rate) : null);
  }
  put('concurrency', concurrency);
  put('maxReady', maxReady);
  put('maxAttempts', defaults.maxAttempts);
  put('maxCrashes', defaults.maxCrashes);
  put('leaseMs', defaults.leaseMs);
  if (defaults.backoff !== undefined) {
    put('backoff', defaults.backoff === null ? null : encodeBackoff(defaults.backoff));
  }
  put('completedMaxAgeMs', unbounded(retention.completed?.maxAgeMs));
  put('completedMaxCount', unbounded(retention.completed?.maxCount));
  put('deadMaxAgeMs', retention.dead?.maxAgeMs);
  put('deadMaxCount', retention.dead?.maxCount);
  return [patch.ifRevision ?? '', ...fields.flat()];
}

const UNBOUNDED = 9e15;

/** The default of completed jobs is a bound, so that "none" must be written down. */
function unbounded(value: number | null | undefined): number | undefined {
  return value === null ? UNBOUNDED : value;
}

/** From the names and values that `config` holds. */
export function readSettings(cells: readonly string[]): QueueSettings {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < cells.length; i += 2) fields.set(cells[i] ?? '', cells[i + 1] ?? '');
  const number = (name: string): number | null => {
    const text = fields.get(name);
    const value = Number(text);
    return text === undefined || value >= UNBOUNDED ? null : value;
  };
  const has = (name: string): boolean => fields.has(name);
  const rate = number('rate');
  const [kind, baseMs, capMs] = (fields.get('backoff') ?? '').split(' ');
  return {
    revision: revisionOf(fields),
    paused: fields.get('paused') === '1',
    rateLimit:
      rate === null
        ? null
        : { rate, perMs: number('perMs') ?? 1_000, burst: number('burst') ?? rate },
    concurrency: number('concurrency'),
    maxReady: number('maxReady'),
    defaults: {
      maxAttempts: number('maxAttempts') ?? 5,
      maxCrashes: number('maxCrashes') ?? 3,
      backoff: kind ? parseBackoff(kind, Number(baseMs), Number(capMs)) : DEFAULT_BACKOFF,
      leaseMs: number('leaseMs') ?? 30_000,
    },
    retention: {
      completed: {
        maxAgeMs: has('completedMaxAgeMs') ? number('completedMaxAgeMs') : 3_600_000,
        maxCount: has('completedMaxCount') ? number('completedMaxCount') : 1_000,
      },
      dead: { maxAgeMs: number('deadMaxAgeMs'), maxCount: number('deadMaxCount') },
    },
  };
}

function revisionOf(fields: ReadonlyMap<string, string>): string {
  const lines = NAMES.filter((name) => fields.has(name)).map(
    (name) => `${name}=${fields.get(name) ?? ''}`,
  );
  return createHash('sha1').update(lines.join('\n')).digest('hex');
}
