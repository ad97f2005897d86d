'use client';

import { SearchX } from 'lucide-react';
import { useDeferredValue } from 'react';
import { MOST_QUEUES, useQueues } from '../../data/queues.ts';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { whole } from '../../design/format.ts';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { SearchField } from '../../design/SearchField.tsx';
import { StatTable } from '../../design/StatTable.tsx';
import { EmptyState, Note } from '../../design/states.tsx';
import { arrange, FILTERS, type Filter, sortOf } from './arrange.ts';
import { COLUMNS } from './columns.tsx';
import { NoQueues } from './NoQueues.tsx';

/** Every queue; searched, filtered and sorted by what the address says. */
export function QueuesPage() {
  const read = useQueues();
  const { get, set } = useUrlState();
  const search = get('search') ?? '';
  const filter = FILTERS.find(({ id }) => id === get('show'))?.id ?? 'all';
  const sort = sortOf(get('sort'), get('order'));
  const wanted = useDeferredValue(search);
  // Which queues come first by anything but the name, only all of them together tell.
  const any = wanted === '' && filter === 'all' && sort.by === 'name' && !sort.descending;
  const data = read.data?.beginning && !any ? undefined : read.data;
  const rows = arrange(data?.queues ?? [], { search: wanted, filter, sort });
  return (
    <>
      <PageHeader
        title="Queues"
        note={data && !data.beginning ? countText(data.queues.length, rows.length) : ''}
      >
        <FilterChoice filter={filter} onChange={(show) => set({ show })} />
        <SearchField
          label="Search queues"
          value={search}
          onChange={(text) => set({ search: text })}
        />
      </PageHeader>
      <Panel>
        <Loaded query={{ ...read, data }}>
          {({ queues, partial }) => (
            <>
              {queues.length === 0 && <NoQueues />}
              {queues.length > 0 && rows.length === 0 && (
                <EmptyState icon={SearchX} title="No matching queues" />
              )}
              {rows.length > 0 && (
                <StatTable
                  caption="Queues"
                  columns={COLUMNS}
                  rows={rows}
                  keyOf={({ name }) => name}
                  sort={sort}
                  onSort={({ by, descending }) =>
                    set({ sort: by, order: descending ? 'desc' : 'asc' })
                  }
                />
              )}
              {partial && <Note>The first {whole(MOST_QUEUES)} queues are shown.</Note>}
            </>
          )}
        </Loaded>
      </Panel>
    </>
  );
}

function countText(all: number, shown: number): string {
  return all === shown ? `${whole(all)} in all` : `${whole(shown)} of ${whole(all)}`;
}

interface FilterChoiceProps {
  readonly filter: Filter;
  readonly onChange: (filter: string | undefined) => void;
}

function FilterChoice({ filter, onChange }: FilterChoiceProps) {
  return (
    <fieldset className="flex rounded-md border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">Show</legend>
      {FILTERS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-pressed={filter === id}
          onClick={() => onChange(id === 'all' ? undefined : id)}
          className="h-6.5 rounded px-2.5 text-[13px] text-ink-2 hover:text-ink aria-pressed:bg-raised aria-pressed:font-medium aria-pressed:text-ink"
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
