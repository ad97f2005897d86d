import { ArrowRight } from 'lucide-react';

/** One thing as it was and as it is, or will be. */
export interface Difference {
  readonly id: string;
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export interface DifferenceTableProps {
  readonly caption: string;
  readonly rows: readonly Difference[];
}

/** What is another, before and after. */
export function DifferenceTable({ caption, rows }: DifferenceTableProps) {
  return (
    <table className="w-full text-[13px]">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, label, before, after }) => (
          <tr key={id} className="border-t border-line first:border-t-0">
            <th scope="row" className="py-2 pr-4 text-left font-normal text-ink-2">
              {label}
            </th>
            <td className="py-2 pr-2 text-right text-ink-2 tabular-nums">{before}</td>
            <td className="py-2 font-medium tabular-nums">
              <span className="flex items-center gap-2">
                <ArrowRight aria-hidden className="size-3.5 shrink-0 text-ink-3" />
                {after}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
