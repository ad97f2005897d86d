import { isJobId, NAME_PATTERN } from '@relay/broker';

/** What the gateway must know to find a lease again. */
export interface LeaseName {
  readonly queue: string;
  readonly id: string;
  /** The broker's token. */
  readonly token: string;
  readonly workerId: string;
}

const INNER = /^[A-Za-z0-9.]{1,64}$/;

/** The token that a client sees. It is as secret as the broker's, which it carries. */
export function wrapToken({ queue, id, token, workerId }: LeaseName): string {
  return Buffer.from(`${queue} ${id} ${token} ${workerId}`).toString('base64url');
}

/** Undefined for what is none of our tokens: such a lease is lost, if it ever was one. */
export function unwrapToken(text: string): LeaseName | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // Node's decoder passes over what it doesn't know; a token has one spelling only.
  if (bytes.toString('base64url') !== text) return undefined;
  const [queue, id, token, workerId, ...more] = bytes.toString('utf8').split(' ');
  if (queue === undefined || id === undefined || token === undefined || workerId === undefined) {
    return undefined;
  }
  const sound =
    more.length === 0 &&
    NAME_PATTERN.test(queue) &&
    NAME_PATTERN.test(workerId) &&
    isJobId(id) &&
    INNER.test(token);
  return sound ? { queue, id, token, workerId } : undefined;
}
