'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRowWindow } from './row-window.ts';

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  readonly align?: 'left' | 'right';
  /** Fixed; without it the column takes what is left. For example `w-24`. */
  readonly width?: string;
  /** How wide the table must be to show it: 576, 672, 896, 1,024 or 1,136 px. Always shown without it. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl';
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

/** By the table's own width: beside the navigation a wide screen has less room than a narrower one without it. */
const FROM = {
  sm: 'hidden @xl:table-cell',
  md: 'hidden @2xl:table-cell',
  lg: 'hidden @4xl:table-cell',
  xl: 'hidden @5xl:table-cell',
  '2xl': 'hidden @min-[71rem]:table-cell',
} as const;

/** A real table; of a long one only the rows in sight are in the page, 200 at most. */
export function StatTable<Row>(props: StatTableProps<Row>) {
  const { caption, columns, rows, keyOf, sort, onSort } = props;
  const { ref, first, last } = useRowWindow(rows.length, ROW_PX);
  const edge = edgeOf(columns);
  return (
    <div className="@container">
      <table
        className="w-full table-fixed border-collapse text-[13px]"
        aria-rowcount={rows.length + 1}
      >
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.id} edge={edge} {...{ column, sort, onSort }} />
            ))}
          </tr>
        </thead>
        <tbody ref={ref}>
          <Spacer rows={first} />
          {rows.slice(first, last).map((row, index) => (
            <tr
              key={keyOf(row)}
              data-row
              aria-rowindex={first + index + 2}
              className="h-11 border-t border-line hover:bg-raised/60 data-[current=true]:bg-accent-soft"
            >
              {columns.map((column, place) => (
                <Cell key={column.id} column={column} edge={edge} head={place === 0}>
                  {column.cell(row)}
                </Cell>
              ))}
            </tr>
          ))}
          <Spacer rows={rows.length - last} />
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly edge: Edge;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}

function Heading<Row>({ column, edge, sort, onSort }: HeadingProps<Row>) {
  const active = sort?.by === column.id;
  const Arrow = sort?.descending ? ArrowDown : ArrowUp;
  const order = sort?.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      aria-sort={active ? order : column.sortable ? 'none' : undefined}
      className={`${classes(column, edge)} h-9 text-xs font-medium whitespace-nowrap text-ink-3`}
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
  readonly edge: Edge;
  readonly head: boolean;
  readonly children: ReactNode;
}

function Cell<Row>({ column, edge, head, children }: CellProps<Row>) {
  if (!head) return <td className={classes(column, edge)}>{children}</td>;
  return (
    <th scope="row" className={`${classes(column, edge)} font-normal`}>
      {children}
    </th>
  );
}

/** The column that stands at the right edge of a narrow table, and its distance from it. */
type Edge = { readonly id: string; readonly padding: string } | undefined;

const SIZES = ['sm', 'md', 'lg', 'xl', '2xl'] as const;
const EDGE = {
  sm: 'pr-4 @xl:pr-2',
  md: 'pr-4 @2xl:pr-2',
  lg: 'pr-4 @4xl:pr-2',
  xl: 'pr-4 @5xl:pr-2',
  '2xl': 'pr-4 @min-[71rem]:pr-2',
} as const;

/** Undefined where the last column is always shown. */
function edgeOf<Row>(columns: readonly Column<Row>[]): Edge {
  const at = columns.findLastIndex(({ from }) => from === undefined);
  const behind = columns.slice(at + 1).map(({ from }) => from);
  const size = SIZES.find((each) => behind.includes(each));
  const id = columns[at]?.id;
  return size === undefined || id === undefined ? undefined : { id, padding: EDGE[size] };
}

function classes<Row>({ id, align = 'left', width = '', from }: Column<Row>, edge: Edge): string {
  const side = align === 'right' ? 'text-right' : 'text-left';
  const right = edge?.id === id ? edge.padding : 'pr-2 last:pr-4';
  return `${side} ${width} ${from === undefined ? '' : FROM[from]} truncate pl-2 ${right} first:pl-4`;
}

/** The height of the rows that are not in the page. One cell wide: across hidden columns it would give them room. */
function Spacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height: rows * ROW_PX }} />
    </tr>
  );
}
