'use client';

import type { EventData } from '@relay/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { reportStream } from './connection.ts';
import { API_PREFIX } from './paths.ts';
import { applyEvent } from './queues.ts';
import { onSession, sessionState } from './session-state.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** Keeps one stream of events open while the tab is seen; without it, queries ask by themselves. */
export function LiveUpdates(): null {
  const client = useQueryClient();
  useEffect(() => {
    const stream = new EventStream(client);
    const follow = () => (document.hidden || sessionState().ended ? stream.close() : stream.open());
    follow();
    document.addEventListener('visibilitychange', follow);
    const unfollow = onSession(follow);
    return () => {
      unfollow();
      document.removeEventListener('visibilitychange', follow);
      stream.close();
    };
  }, [client]);
  return null;
}

class EventStream {
  readonly #client: QueryClient;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #waitMs = FIRST_RETRY_MS;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  open(): void {
    if (this.#source !== undefined) return;
    clearTimeout(this.#retry);
    const source = new EventSource(`${API_PREFIX}/v1/events`);
    this.#source = source;
    for (const kind of ['snapshot', 'delta'] as const) {
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        this.#waitMs = FIRST_RETRY_MS;
        reportStream(true);
        applyEvent(this.#client, kind, JSON.parse(event.data) as EventData);
      });
    }
    // Not the browser's own retry: it gives up for good at an answer that is no stream.
    source.addEventListener('error', () => {
      this.close();
      this.#retry = setTimeout(() => this.open(), this.#waitMs);
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_RETRY_MS);
    });
  }

  close(): void {
    clearTimeout(this.#retry);
    if (this.#source === undefined) return;
    this.#source.close();
    this.#source = undefined;
    reportStream(false);
  }
}
