import { compact, rate, whole } from './format.ts';

export interface NumProps {
  readonly value: number;
  readonly unit?: string;
  /** `rate` keeps a decimal below ten; `whole` never shortens. Default: shortens from 100,000. */
  readonly as?: 'compact' | 'rate' | 'whole';
  /** Zeros step back, so that what is there stands out. */
  readonly dimZero?: boolean;
}

/** A number with separators; shortened ones tell the exact figure on hover. */
export function Num({ value, unit, as = 'compact', dimZero = false }: NumProps) {
  const text = { compact, rate, whole }[as](value);
  const full = whole(value);
  return (
    <span
      className={`tabular-nums ${dimZero && value === 0 ? 'text-ink-3' : ''}`}
      title={text === full || as === 'rate' ? undefined : full}
    >
      {text}
      {unit !== undefined && <span className="ml-0.5 text-ink-3">{unit}</span>}
    </span>
  );
}
