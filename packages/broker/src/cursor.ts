import { ValidationError } from './errors.ts';
import { isJobId } from './names.ts';

/** The last row of a page. */
export interface Position {
  /** As Redis prints it: all digits count. */
  readonly score: string;
  readonly id: string;
}

/** @param scope what the cursor belongs to; with another list it is refused. */
export function encodeCursor({ score, id }: Position, scope: string): string {
  return Buffer.from(`${scope} ${score} ${id}`).toString('base64url');
}

/** @throws ValidationError when the cursor was not made by {@link encodeCursor} for this scope. */
export function decodeCursor(cursor: string, scope: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [score = '', id = '', ...rest] = text.startsWith(`${scope} `)
    ? text.slice(scope.length + 1).split(' ')
    : [];
  if (rest.length > 0 || !/^\d{1,17}$/.test(score) || !isJobId(id)) {
    throw new ValidationError([{ path: '/cursor', message: 'is not a cursor of this list' }]);
  }
  return { score, id };
}
