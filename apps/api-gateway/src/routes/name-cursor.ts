import { NAME_PATTERN } from '@relay/contract';
import { HttpProblem } from '../http/http-problem.ts';

/** Writes and reads the cursors of one list that is sorted by name; those of other lists are refused. */
export interface NameCursor {
  readonly write: (name: string) => string;
  /** @throws {HttpProblem} `malformed` for a cursor that is none of ours. */
  readonly read: (cursor: string) => string;
}

/** @param list tells its cursors from those of other lists */
export function nameCursor(list: string): NameCursor {
  const mark = `${list} `;
  return {
    write: (name) => Buffer.from(mark + name).toString('base64url'),
    read(cursor) {
      const text = Buffer.from(cursor, 'base64url').toString('utf8');
      const name = text.slice(mark.length);
      if (text.startsWith(mark) && NAME_PATTERN.test(name)) return name;
      throw new HttpProblem('malformed', 'The cursor is not one of this list');
    },
  };
}
