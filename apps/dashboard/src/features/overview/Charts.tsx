'use client';

import type { Overview } from '@relay/contract';
import dynamic from 'next/dynamic';
import type { Line } from '../../design/Chart.tsx';
import { compact, duration } from '../../design/format.ts';
import { Legend } from '../../design/Legend.tsx';
import { withoutLast } from '../../design/lines.ts';
import { Skeleton } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';

const HEIGHT = 190;
/** Its code comes after the figures. */
const Chart = dynamic(() => import('../../design/Chart.tsx'), {
  ssr: false,
  loading: () => <Skeleton className="h-47.5" />,
});

type Point = Overview['chart']['points'][number];

/** Throughput and waiting over the last hour. */
export function Charts({ chart }: { readonly chart: Overview['chart'] }) {
  const times = chart.points.map(({ at }) => Date.parse(at) / 1000);
  const counts = (of: (point: Point) => number) => withoutLast(chart.points.map(of));
  const throughput: Line[] = [
    // First, so that its many zeros lie under the others.
    { label: 'Failed', token: '--bad', values: counts(({ failed }) => failed) },
    {
      label: 'Completed',
      token: '--good',
      values: counts(({ completed }) => completed),
      filled: true,
    },
    {
      label: 'Enqueued',
      token: '--info',
      values: counts(({ enqueued }) => enqueued),
      dashed: true,
    },
  ];
  const wait: Line[] = [
    {
      label: 'Median',
      token: '--accent',
      values: chart.points.map((p) => p.waitMsP50),
    },
    { label: '95th percentile', token: '--warn', values: chart.points.map((p) => p.waitMsP95) },
  ];
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title="Jobs per minute" aside={<Legend lines={throughput} />}>
        <div className="px-2 pb-2">
          <Chart
            label="Jobs enqueued, completed and failed in each minute of the last hour"
            {...{ times, lines: throughput, format: compact, height: HEIGHT }}
          />
        </div>
      </Card>
      <Card title="Wait time" aside={<Legend lines={wait} />}>
        <div className="px-2 pb-2">
          <Chart
            label="How long jobs waited to start in each minute of the last hour"
            {...{ times, lines: wait, format: duration, height: HEIGHT }}
          />
        </div>
      </Card>
    </div>
  );
}
