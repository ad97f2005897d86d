import type { ReactNode } from 'react';
import type { Read } from '../data/api.ts';
import { ErrorState, Skeleton } from './states.tsx';

/** Rows that are on their way. */
function LoadingRows() {
  return (
    <div aria-busy="true" className="space-y-3 p-4">
      <span role="status" className="sr-only">
        Loading
      </span>
      {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
        <Skeleton key={key} className="h-7" />
      ))}
    </div>
  );
}

export interface LoadedProps<Data> {
  readonly query: Read<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** What was read; the last of it when it cannot be read again; else why not. */
export function Loaded<Data>({ query: { data, error, refetch }, children }: LoadedProps<Data>) {
  if (data !== undefined) return children(data);
  if (error !== null) return <ErrorState error={error} retry={() => refetch()} />;
  return <LoadingRows />;
}

/** What a table stands on. */
export function Panel({ children }: { readonly children: ReactNode }) {
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-surface shadow-lift">
      {children}
    </div>
  );
}
