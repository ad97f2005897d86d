import { decodeCursor, encodeCursor } from './cursor.ts';
import { InvalidStateError, NotFoundError, RevisionMismatchError } from './errors.ts';
import { Issues, NAME_PATTERN } from './names.ts';
import type { Parts } from './producing.ts';
import { LIMITS, validateRequest } from './request.ts';
import type { Argument, CallOptions } from './runner.ts';
import type { SessionPool } from './sessions.ts';
import { encodeSettings, readSettings } from './settings.ts';
import type {
  ActionResult,
  ActionStep,
  ActionTarget,
  JobAction,
  JobFilter,
  JobState,
  QueueSettings,
  QueueSettingsPatch,
} from './types.ts';

/** Most jobs that one call acts upon: each may cost ten Redis commands. */
const ACT_BATCH = 100;
const MATCH_BATCH = 500;

export interface ActOptions extends CallOptions {
  /** Of a cancel, shown with the job. At most 500 characters. */
  readonly reason?: string;
  /** For a retry of a single job: JSON text that takes the place of its payload. */
  readonly payload?: string;
  /** Acts only upon jobs that are in this state. Defaults to every state in which the action can be done. */
  readonly state?: JobState;
}

/** The operator's verbs. */
export class Operating {
  readonly #parts: Parts;
  readonly #sessions: SessionPool;

  constructor(parts: Parts, sessions: SessionPool) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  async act(
    queue: string,
    action: JobAction,
    ids: readonly string[],
    options: ActOptions = {},
  ): Promise<ActionResult[]> {
    const { payload } = options;
    const issues = new Issues();
    assertAction(action, issues);
    issues.check();
    const invalid = payload === undefined ? null : validateRequest({ payload });
    if (invalid) throw invalid;
    const results: ActionResult[] = [];
    let waiting = [...ids];
    while (waiting.length > 0) {
      const batch = waiting.slice(0, ACT_BATCH);
      const args = [
        action,
        reasonOf(options.reason),
        payload === undefined ? 0 : 1,
        payload ?? '',
        options.state ?? '',
        ...batch,
      ];
      const answers = (await this.#numbered(queue, 'act', args, options)) as string[];
      const done = answers.indexOf('again') < 0 ? batch.length : answers.indexOf('again');
      for (const answer of answers.slice(0, done)) results.push(readAnswer(answer));
      waiting = waiting.slice(done);
    }
    return results;
  }

  /** One job; what cannot be done is thrown. */
  async actOn(
    queue: string,
    action: JobAction,
    id: string,
    options: ActOptions = {},
  ): Promise<JobState | 'deleted'> {
    const [result] = await this.act(queue, action, [id], options);
    if (result === undefined || result.status === 'not-found') {
      throw new NotFoundError(`queue "${queue}" has no job "${id}"`);
    }
    if (result.status !== 'invalid-state') return result.state;
    const what =
      result.state === 'corrupt' ? 'has a record that Relay did not write' : `is ${result.state}`;
    throw new InvalidStateError(`job "${id}" ${what}: ${action} is not possible`, result.state);
  }

  async actMatching(
    queue: string,
    action: JobAction | 'count',
    target: ActionTarget,
    options: CallOptions,
  ): Promise<ActionStep> {
    const { state, filter, cursor, reason } = target;
    assertTarget(action, state, filter);
    const scope = `${action} ${state}`;
    const from = cursor === undefined ? { score: '', id: '' } : decodeCursor(cursor, scope);
    const args = [
      action,
      state,
      from.score,
      from.id,
      action === 'count' ? LIMITS.batch : MATCH_BATCH,
      filter.type ?? '',
      filter.reason ?? '',
      filter.before ?? '',
      reasonOf(reason),
    ];
    const reply = await this.#numbered(queue, 'act-matching', args, options);
    const [more, score, id, matched, acted] = reply as [number, string, string, number, number];
    return { matched, acted, nextCursor: more === 1 ? encodeCursor({ score, id }, scope) : null };
  }

  async change(
    queue: string,
    id: string,
    change: { readonly priority?: number; readonly runAt?: number },
    options: CallOptions,
  ): Promise<'ready' | 'scheduled'> {
    const issues = new Issues();
    issues.integer('/priority', change.priority, [-1_000, 1_000]);
    issues.integer('/runAt', change.runAt, [0, LIMITS.latestRunAt]);
    issues.check();
    const answer = String(
      await this.#numbered(
        queue,
        'change',
        [id, change.priority ?? '', change.runAt ?? ''],
        options,
      ),
    );
    if (answer === 'gone') throw new NotFoundError(`queue "${queue}" has no job "${id}"`);
    if (answer === 'ready' || answer === 'scheduled') return answer;
    throw new InvalidStateError(
      `job "${id}" is ${answer.slice(1)}: only a waiting job can be changed`,
      answer.slice(1),
    );
  }

  async setPaused(queue: string, paused: boolean, options: CallOptions): Promise<void> {
    await this.#parts.calls.run(queue, { script: 'pause', args: [paused ? 1 : 0], options });
  }

  async configure(
    queue: string,
    patch: QueueSettingsPatch,
    options: CallOptions,
  ): Promise<QueueSettings> {
    const args = encodeSettings(patch);
    await this.#parts.registry.touch(queue, options);
    const cells = await this.#parts.calls.run(queue, { script: 'configure', args, options });
    if (Array.isArray(cells)) return readSettings(cells as string[]);
    throw new RevisionMismatchError(
      `the settings of queue "${queue}" have been changed since they were read: read them again`,
    );
  }

  /** Out of the registry first: a job that comes in between is found by the script, one that comes later registers anew. */
  async forget(queue: string, options: CallOptions): Promise<void> {
    await this.#parts.registry.remove(queue, options);
    const reply = await this.#parts.calls.run(queue, { script: 'forget', args: [], options });
    if (reply === 1) return;
    await this.#parts.registry.touchAnew(queue, options);
    throw new InvalidStateError(`queue "${queue}" still holds jobs: purge it first`, 'not-empty');
  }

  /** A call that keeps its outcome under a session, whose number is its first argument. */
  #numbered(
    queue: string,
    script: string,
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<unknown> {
    return this.#sessions.use(queue, (session) =>
      this.#parts.calls.run(queue, {
        script,
        args: [session.seq, ...args],
        session: session.id,
        options,
      }),
    );
  }
}

const ACTIONS: readonly string[] = ['cancel', 'retry', 'delete', 'promote'] satisfies JobAction[];
const STATES: readonly string[] = [
  'ready',
  'scheduled',
  'active',
  'completed',
  'dead',
  'cancelled',
] satisfies JobState[];

function assertAction(action: string, issues: Issues): void {
  if (!ACTIONS.includes(action)) issues.add('/action', `must be one of ${ACTIONS.join(', ')}`);
}

/** A filter that is not understood must not be taken for one that lets all through. */
function assertTarget(action: string, state: string, filter: JobFilter): void {
  const issues = new Issues();
  if (action !== 'count') assertAction(action, issues);
  if (!STATES.includes(state)) issues.add('/state', `must be one of ${STATES.join(', ')}`);
  issues.integer('/filter/before', filter.before, [0, Number.MAX_SAFE_INTEGER]);
  if (filter.type !== undefined && !NAME_PATTERN.test(filter.type)) {
    issues.add('/filter/type', `must match ${NAME_PATTERN.source}`);
  }
  if (filter.reason !== undefined && !/^[a-z-]{1,40}$/.test(filter.reason)) {
    issues.add('/filter/reason', 'is not a reason of death');
  }
  issues.check();
}

function reasonOf(reason: string | undefined): string {
  return reason === undefined
    ? ''
    : JSON.stringify({ name: 'Cancelled', message: reason.slice(0, LIMITS.historyMessageLength) });
}

function readAnswer(answer: string): ActionResult {
  if (answer === 'gone') return { status: 'not-found' };
  if (answer.startsWith('!'))
    return { status: 'invalid-state', state: answer.slice(1) as JobState | 'corrupt' };
  if (answer === 'active') return { status: 'requested', state: 'active' };
  return { status: 'done', state: answer as JobState | 'deleted' };
}
