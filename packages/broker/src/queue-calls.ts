import {
  callKey,
  idempotencyKey,
  type KeyName,
  membersKey,
  operationsKey,
  queueKeys,
  queuesKey,
  scheduleKeys,
} from './keys.ts';
import { assertName } from './names.ts';
import { Recent } from './recent.ts';
import type { Argument, CallOptions, Invocation, ScriptRunner } from './runner.ts';
import type { Script, ScriptSet } from './scripts.ts';

/** A call of a script on a queue. */
export interface QueueCall {
  readonly script: string;
  readonly args: readonly Argument[];
  /** Of the caller; for scripts that keep their outcome. */
  readonly session?: string;
  /** Hashes of idempotency keys: these follow the fixed keys. */
  readonly keyHashes?: readonly string[];
  /** Of what an answer is kept for; these too follow the fixed keys. */
  readonly callHashes?: readonly string[];
  readonly options?: CallOptions;
}

/** The keys of a queue, built once. */
interface QueueKeys {
  /** Shared by the scripts. */
  readonly names: Map<KeyName, string>;
  /** Those of each script, in its order, without those of a session. */
  readonly ofScripts: Map<Script, readonly string[]>;
}

/** Knows the keys of each queue and hands the calls to the runner. */
export class QueueCalls {
  readonly namespace: string;
  readonly #runner: ScriptRunner;
  readonly #scripts: ScriptSet;
  readonly #keys = new Recent<QueueKeys>();

  constructor(runner: ScriptRunner, scripts: ScriptSet, namespace: string) {
    assertName(namespace, 'namespace');
    this.#runner = runner;
    this.#scripts = scripts;
    this.namespace = namespace;
  }

  async run(queue: string, call: QueueCall): Promise<unknown> {
    return this.#runner.run(this.invocation(queue, call), call.options);
  }

  /** A script without arguments over the keys of many queues, one queue after the other. */
  acrossQueues(name: string, queues: readonly string[]): Invocation {
    const script = this.#script(name);
    const keys = queues.flatMap((queue) => this.#keysOf(script, queue, {}));
    return { script, keys, args: [], what: `${name} of ${queues.length} queues` };
  }

  /** The script, its keys and its arguments, as a runner takes them. */
  invocation(queue: string, call: QueueCall): Invocation {
    const script = this.#script(call.script);
    const keys = this.#keysOf(script, queue, call);
    return { script, keys, args: call.args, what: `${call.script} on queue "${queue}"` };
  }

  #script(name: string): Script {
    const script = this.#scripts.get(name);
    if (script === undefined) throw new Error(`there is no script "${name}"`);
    return script;
  }

  #keysOf(
    script: Script,
    queue: string,
    { session, keyHashes, callHashes }: Pick<QueueCall, 'session' | 'keyHashes' | 'callHashes'>,
  ): readonly string[] {
    let known = this.#keys.get(queue);
    if (known === undefined) {
      assertName(queue, 'queue');
      known = { names: new Map(), ofScripts: new Map() };
      this.#keys.set(queue, known);
    }
    const fixed = known.ofScripts.get(script) ?? this.#fixedKeys(script, queue, known);
    if (session === undefined && keyHashes === undefined) return fixed;
    const keys = [...fixed];
    const at = script.keys.indexOf('call');
    if (at >= 0) keys[at] = callKey(this.namespace, queue, session ?? '');
    for (const hash of keyHashes ?? []) keys.push(idempotencyKey(this.namespace, queue, hash));
    for (const hash of callHashes ?? []) keys.push(callKey(this.namespace, queue, hash));
    return keys;
  }

  #fixedKeys(script: Script, queue: string, { names, ofScripts }: QueueKeys): readonly string[] {
    const fixed = script.keys.map((name) => {
      const key = names.get(name) ?? this.#key(name, queue);
      names.set(name, key);
      return key;
    });
    ofScripts.set(script, fixed);
    return fixed;
  }

  #key(name: KeyName, queue: string): string {
    if (name === 'call') return '';
    if (name === 'queues') return queuesKey(this.namespace);
    if (name === 'operations') return operationsKey(this.namespace);
    if (isScheduleKey(name)) return scheduleKeys[name](this.namespace);
    // Its place is taken by that of the registry in question; `queue` is the name of that.
    if (name === 'members') return membersKey(this.namespace, queue);
    return queueKeys[name](this.namespace, queue);
  }
}

function isScheduleKey(name: KeyName): name is keyof typeof scheduleKeys {
  return name in scheduleKeys;
}
