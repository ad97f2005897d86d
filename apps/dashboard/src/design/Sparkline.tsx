export interface SparklineProps {
  readonly values: readonly (number | null)[];
  /** What is drawn, for who cannot see it. */
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

/** A line without axes: the course of things, not their size. */
export function Sparkline({ values, label, width = 96, height = 24 }: SparklineProps) {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number | null) => height - 2 - ((value ?? 0) / top) * (height - 4);
  const line = values.map((value, index) => `${(index * step).toFixed(1)},${y(value).toFixed(1)}`);
  const flat = values.every((value) => value === null || value === 0);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className={flat ? 'text-line-strong' : 'text-accent'}
    >
      {!flat && (
        <polygon
          points={`0,${height} ${line.join(' ')} ${width},${height}`}
          fill="currentColor"
          opacity="0.12"
        />
      )}
      <polyline
        points={line.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.25"
        strokeLinejoin="round"
      />
    </svg>
  );
}
