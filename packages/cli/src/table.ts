import { plain } from './format.ts';
import type { Paint } from './io.ts';

/** A column: its heading; numbers stand on the right. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

export interface TableStyle {
  readonly paint: Paint;
  /** Of the terminal; undefined: as wide as it needs to be. */
  readonly width?: number | undefined;
}

const GAP = '  ';
const LEAST = 12;

/** Lines of a table; on a terminal the last column is cut where the line would wrap. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { paint, width }: TableStyle,
): string[] {
  const cells = rows.map((row) => row.map(plain));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => (row[at] ?? '').length)),
  );
  const last = columns.length - 1;
  if (width !== undefined) {
    const before = widths.slice(0, last).reduce((sum, one) => sum + one + GAP.length, 0);
    widths[last] = Math.max(LEAST, Math.min(widths[last] ?? 0, width - before));
  }
  const line = (row: readonly string[]): string =>
    columns
      .map(({ right = false }, at) => {
        const room = widths[at] ?? 0;
        const text = cut(row[at] ?? '', room);
        return right ? text.padStart(room) : text.padEnd(room);
      })
      .join(GAP)
      .trimEnd();
  return [paint('bold', line(columns.map(({ title }) => title))), ...cells.map(line)];
}

/** Lines of `name  value`. */
export function facts(pairs: readonly (readonly [string, string])[], paint: Paint): string[] {
  const room = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${paint('dim', name.padEnd(room))}${GAP}${plain(value)}`);
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}
