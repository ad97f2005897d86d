import type { ReactNode } from 'react';
import type { Read } from '../data/api.ts';
import { Loaded, Panel } from './Loading.tsx';
import { Pager } from './Pager.tsx';
import { type Column, StatTable } from './StatTable.tsx';

export interface PagedListProps<Row> {
  readonly query: Read<{ readonly items: readonly Row[]; readonly nextCursor: string | null }>;
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  /** In place of the table when there is nothing to list. */
  readonly empty: ReactNode;
}

/** A table of one page of a list, with the way to the next. */
export function PagedList<Row extends { readonly id: string }>(props: PagedListProps<Row>) {
  const { query, caption, columns, empty } = props;
  return (
    <Panel>
      <Loaded query={query}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              empty
            ) : (
              <StatTable {...{ caption, columns }} rows={items} keyOf={({ id }) => id} />
            )}
            <Pager next={nextCursor} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
