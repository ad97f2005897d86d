import type { Line } from './Chart.tsx';

/** What each line of a chart is. */
export function Legend({ lines }: { readonly lines: readonly Pick<Line, 'label' | 'token'>[] }) {
  return (
    <ul className="flex flex-wrap justify-end gap-x-3 text-xs text-ink-2">
      {lines.map(({ label, token }) => (
        <li key={label} className="flex items-center gap-1.5 whitespace-nowrap">
          <span aria-hidden className="h-0.5 w-3 rounded" style={{ background: `var(${token})` }} />
          {label}
        </li>
      ))}
    </ul>
  );
}
