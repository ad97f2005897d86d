import { randomText } from './ids.ts';

/**
 * One conversation with a queue: its calls are numbered, and one is in flight at a time. A call that is repeated with
 * its number has the effect of one, because its script keeps the outcome under the session for ten minutes.
 */
export interface Session {
  readonly id: string;
  seq: number;
}

function newSession(): Session {
  return { id: randomText(12), seq: 0 };
}

/**
 * Lends a session to each call and takes it back, so that there are as many as calls in flight at once, not as many as
 * calls: the record of each costs Redis about 300 bytes for ten minutes.
 */
export class SessionPool {
  readonly #idle = new Map<string, Session[]>();

  async use<T>(queue: string, call: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#idle.get(queue)?.pop() ?? newSession();
    session.seq++;
    try {
      return await call(session);
    } finally {
      const idle = this.#idle.get(queue);
      if (idle) idle.push(session);
      else this.#idle.set(queue, [session]);
    }
  }
}
