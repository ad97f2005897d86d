'use client';

import type { SeriesMetric } from '@relay/contract';
import dynamic from 'next/dynamic';
import { useSeriesOf } from '../../data/queues.ts';
import type { Line } from '../../design/Chart.tsx';
import { compact, duration } from '../../design/format.ts';
import { Legend } from '../../design/Legend.tsx';
import { withoutLast } from '../../design/lines.ts';
import { ErrorState, Skeleton } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';

const Chart = dynamic(() => import('../../design/Chart.tsx'), {
  ssr: false,
  loading: () => <Skeleton className="h-45" />,
});

type Drawn = Omit<Line, 'values'> & { readonly metric: SeriesMetric };

const CHARTS: readonly { title: string; lines: readonly Drawn[]; format: typeof compact }[] = [
  {
    title: 'Jobs per minute',
    format: compact,
    lines: [
      { metric: 'completed', label: 'Completed', token: '--good', filled: true },
      { metric: 'enqueued', label: 'Enqueued', token: '--info', dashed: true },
    ],
  },
  {
    title: 'Depth',
    format: compact,
    lines: [
      { metric: 'ready', label: 'Ready', token: '--info', filled: true },
      { metric: 'active', label: 'Active', token: '--warn' },
    ],
  },
  {
    title: 'Age of the oldest ready job',
    format: duration,
    lines: [{ metric: 'oldestReadyMs', label: 'Oldest', token: '--warn', filled: true }],
  },
  {
    title: 'Failures per minute',
    format: compact,
    lines: [
      { metric: 'failed', label: 'Failed attempts', token: '--warn' },
      { metric: 'dead', label: 'Deaths', token: '--bad', filled: true },
    ],
  },
  {
    title: 'Wait time',
    format: duration,
    lines: [
      { metric: 'waitMsP50', label: 'Median', token: '--accent' },
      { metric: 'waitMsP95', label: '95th percentile', token: '--warn' },
    ],
  },
  {
    title: 'Run time',
    format: duration,
    lines: [
      { metric: 'runMsP50', label: 'Median', token: '--accent' },
      { metric: 'runMsP95', label: '95th percentile', token: '--warn' },
    ],
  },
];

/** Counted in a minute, and not how things stand at its end. */
const COUNTS: ReadonlySet<SeriesMetric> = new Set(['enqueued', 'completed', 'failed', 'dead']);

/** The last hour of a queue. */
export function MetricsTab({ queue }: { readonly queue: string }) {
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {CHARTS.map((chart) => (
        <Card key={chart.title} title={chart.title} aside={<Legend lines={chart.lines} />}>
          <div className="px-2 pb-2">
            <Lines queue={queue} {...chart} />
          </div>
        </Card>
      ))}
    </div>
  );
}

interface LinesProps {
  readonly queue: string;
  readonly title: string;
  readonly lines: readonly Drawn[];
  readonly format: (value: number) => string;
}

function Lines({ queue, title, lines: drawn, format }: LinesProps) {
  const { data, error } = useSeriesOf(
    queue,
    drawn.map(({ metric }) => metric),
  );
  if (data === undefined) {
    return error === null ? <Skeleton className="h-45" /> : <ErrorState error={error} />;
  }
  // What was read a moment later may begin a minute later.
  const moments = data[0]?.points.map(({ at }) => at) ?? [];
  const lines = drawn.map((line, place): Line => {
    const values = new Map(data[place]?.points.map(({ at, value }) => [at, value]));
    const shown = moments.map((at) => values.get(at) ?? null);
    return { ...line, values: COUNTS.has(line.metric) ? withoutLast(shown) : shown };
  });
  const times = moments.map((at) => Date.parse(at) / 1000);
  return <Chart label={`${title}, over the last hour`} {...{ times, lines, format }} />;
}
