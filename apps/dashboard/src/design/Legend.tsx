import type { Line } from './Chart.tsx';

/** What each line of a chart is. */
export function Legend({ lines }: { readonly lines: readonly Omit<Line, 'values'>[] }) {
  return (
    <ul className="flex flex-wrap justify-end gap-x-3 text-xs text-ink-2">
      {lines.map(({ label, token, dashed }) => (
        <li key={label} className="flex items-center gap-1.5 whitespace-nowrap">
          <span
            aria-hidden
            className={`w-3.5 border-t-2 ${dashed ? 'border-dashed' : ''}`}
            style={{ borderColor: `var(${token})` }}
          />
          {label}
        </li>
      ))}
    </ul>
  );
}
