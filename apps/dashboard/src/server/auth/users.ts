import { statSync } from 'node:fs';
import { codeOf, messageOf } from '@relay/service-kit/config';
import { log } from '../log.ts';
import { parseUsers, readUserFile, type User } from './user-file.ts';

/** Where users come from. */
export type UserSource = { readonly file: string } | { readonly text: string };

/**
 * The users. Those of a file are read again as soon as it has changed, which every look notices: who
 * was removed is nobody at the next request. A file that turns bad leaves the last good users in
 * force, and is complained about once: a slip of an editor must not lock everybody out.
 */
export class Users {
  readonly #source: UserSource;
  #users: ReadonlyMap<string, User>;
  #seen: string;

  /** @throws {StartError} when the source is missing or bad. */
  constructor(source: UserSource) {
    this.#source = source;
    this.#seen = 'file' in source ? fingerprint(source.file) : '';
    this.#users = byName(
      'file' in source ? readUserFile(source.file) : parseUsers(source.text, 'RELAY_USERS'),
    );
  }

  get size(): number {
    this.#refresh();
    return this.#users.size;
  }

  find(name: string): User | undefined {
    this.#refresh();
    return this.#users.get(name);
  }

  #refresh(): void {
    const source = this.#source;
    if (!('file' in source)) return;
    const now = fingerprint(source.file);
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      this.#users = byName(readUserFile(source.file));
      log('info', `${this.#users.size} users are in force`);
    } catch (error) {
      log('error', `${messageOf(error)}; the users of before stay in force`);
    }
  }
}

function byName(users: readonly User[]): Map<string, User> {
  return new Map(users.map((user) => [user.name, user]));
}

/** Changes when the file does; a mounted Secret is swapped by a link, so the inode counts. */
function fingerprint(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return codeOf(error) ?? 'unreadable';
  }
}
