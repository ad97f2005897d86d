import { useSyncExternalStore } from 'react';

/**
 * How fresh what is on the screen is. `live`: events stream in. `polling`: asked for every few
 * seconds. `stale`: nobody answers any more. `disconnected`: nobody has answered yet.
 */
export type Connection =
  | { readonly state: 'connecting' | 'live' | 'polling' }
  | { readonly state: 'stale'; readonly since: number; readonly reason: string }
  | { readonly state: 'disconnected'; readonly reason: string };

let streaming = false;
let answeredAt: number | undefined;
let silence: string | undefined;
let current: Connection = { state: 'connecting' };
const listeners = new Set<() => void>();

/** Somebody answered. */
export function reportAnswer(): void {
  answeredAt = Date.now();
  silence = undefined;
  update();
}

/** Nobody answered, or the gateway said that its store does not. */
export function reportSilence(reason: string): void {
  silence = reason;
  update();
}

/** The stream of events has begun or ended. */
export function reportStream(open: boolean): void {
  streaming = open;
  if (open) reportAnswer();
  else update();
}

function update(): void {
  const next = compute();
  if (JSON.stringify(next) === JSON.stringify(current)) return;
  current = next;
  for (const listener of listeners) listener();
}

function compute(): Connection {
  if (silence !== undefined) {
    return answeredAt === undefined
      ? { state: 'disconnected', reason: silence }
      : { state: 'stale', since: answeredAt, reason: silence };
  }
  if (streaming) return { state: 'live' };
  return answeredAt === undefined ? { state: 'connecting' } : { state: 'polling' };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const CONNECTING: Connection = { state: 'connecting' };

/** The connection now. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    subscribe,
    () => current,
    () => CONNECTING,
  );
}

/** Why nothing can be changed now; undefined: it can. */
export function useBlocked(): string | undefined {
  const connection = useConnection();
  if (connection.state !== 'stale' && connection.state !== 'disconnected') return undefined;
  return `Not possible now: ${connection.reason.replace(/\.$/, '')}.`;
}
