'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRowWindow } from './row-window.ts';

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  readonly align?: 'left' | 'right';
  /** Fixed; without it the column takes what is left. For instance `w-24`. */
  readonly width?: string;
  /** Hidden on narrow screens: `sm`, `md`, `lg` or `xl` and wider show it. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl';
  /** Given: the column can be sorted. */
  readonly sortable?: boolean;
  /** The heading is read out but not shown. */
  readonly quiet?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export interface Sort {
  readonly by: string;
  readonly descending: boolean;
}

export interface StatTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
}

/** Every row's height in px: the same for all, so that thousands can be windowed. */
const ROW_PX = 44;

const FROM = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
} as const;

/** A real table; of a long one only the rows in sight are in the page, 200 at most. */
export function StatTable<Row>(props: StatTableProps<Row>) {
  const { caption, columns, rows, keyOf, sort, onSort } = props;
  const { ref, first, last } = useRowWindow(rows.length, ROW_PX);
  return (
    <table
      className="w-full table-fixed border-collapse text-[13px]"
      aria-rowcount={rows.length + 1}
    >
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => (
            <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody ref={ref}>
        <Spacer rows={first} span={columns.length} />
        {rows.slice(first, last).map((row, index) => (
          <tr
            key={keyOf(row)}
            data-row
            aria-rowindex={first + index + 2}
            className="h-11 border-t border-line hover:bg-raised/60 data-[current=true]:bg-accent-soft"
          >
            {columns.map((column, place) => (
              <Cell key={column.id} column={column} head={place === 0}>
                {column.cell(row)}
              </Cell>
            ))}
          </tr>
        ))}
        <Spacer rows={rows.length - last} span={columns.length} />
      </tbody>
    </table>
  );
}

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const active = sort?.by === column.id;
  const Arrow = sort?.descending ? ArrowDown : ArrowUp;
  const order = sort?.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      aria-sort={active ? order : column.sortable ? 'none' : undefined}
      className={`${classes(column)} h-9 text-xs font-medium whitespace-nowrap text-ink-3`}
    >
      {column.sortable && onSort ? (
        <button
          type="button"
          className={`inline-flex items-center gap-1 rounded hover:text-ink ${active ? 'text-ink' : ''}`}
          onClick={() => onSort({ by: column.id, descending: active ? !sort.descending : true })}
        >
          {column.label}
          {active && <Arrow aria-hidden className="size-3" />}
        </button>
      ) : (
        <span className={column.quiet ? 'sr-only' : ''}>{column.label}</span>
      )}
    </th>
  );
}

interface CellProps<Row> {
  readonly column: Column<Row>;
  readonly head: boolean;
  readonly children: ReactNode;
}

function Cell<Row>({ column, head, children }: CellProps<Row>) {
  if (!head) return <td className={classes(column)}>{children}</td>;
  return (
    <th scope="row" className={`${classes(column)} font-normal`}>
      {children}
    </th>
  );
}

function classes<Row>({ align = 'left', width = '', from }: Column<Row>): string {
  const side = align === 'right' ? 'text-right' : 'text-left';
  return `${side} ${width} ${from === undefined ? '' : FROM[from]} truncate px-2 first:pl-4 last:pr-4`;
}

/** The height of the rows that are not in the page. */
function Spacer({ rows, span }: { readonly rows: number; readonly span: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={span} style={{ height: rows * ROW_PX }} />
    </tr>
  );
}
