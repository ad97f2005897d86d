import { randomText } from './ids.ts';
import { Recent } from './recent.ts';

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
  readonly #idle = new Recent<Session[]>();

  async use<T>(queue: string, call: (session: Session) => Promise<T>): Promise<T> {
    const session = this.take(queue);
    try {
      return await call(session);
    } finally {
      this.giveBack(queue, session);
    }
  }

  /** A session with the number of its next call, for as long as that is under way. */
  take(queue: string): Session {
    const session = this.#idle.get(queue)?.pop() ?? newSession();
    session.seq++;
    return session;
  }

  giveBack(queue: string, session: Session): void {
    const idle = this.#idle.get(queue);
    if (idle) idle.push(session);
    else this.#idle.set(queue, [session]);
  }
}
