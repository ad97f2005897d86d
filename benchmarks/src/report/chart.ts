import type { Metric, Series } from '../harness/results.ts';
import { median } from '../harness/statistics.ts';
import { numberText } from '../harness/text.ts';

/** A panel: one figure of one row, a bar a contender. */
interface Panel {
  readonly row: string;
  readonly metric: Metric;
  readonly title: string;
}

const PANELS: readonly Panel[] = [
  { row: 'process-c100', metric: 'rate', title: 'Processed, 100 at once: jobs/s' },
  { row: 'process-4p-c100', metric: 'rate', title: 'Processed, four processes: jobs/s' },
  { row: 'process-c1', metric: 'rate', title: 'Processed, one at a time: jobs/s' },
  { row: 'enqueue-c100', metric: 'rate', title: 'Enqueued, 100 under way: jobs/s' },
  { row: 'bulk', metric: 'rate', title: 'Enqueued in bulk: jobs/s' },
  {
    row: 'enqueue-to-done',
    metric: 'redis',
    title: 'Redis CPU a job, enqueue to done: µs, less is better',
  },
  {
    row: 'enqueue-to-done',
    metric: 'client',
    title: 'Client CPU a job, enqueue to done: µs, less is better',
  },
  { row: 'memory', metric: 'bytes', title: 'Memory of a waiting job: bytes, less is better' },
  { row: 'latency-idle', metric: 'p99', title: 'Add to start, idle, p99: ms, less is better' },
  { row: 'lateness', metric: 'p99', title: 'Delayed jobs late by, p99: ms, less is better' },
];

const SHOWN: Readonly<Record<string, string>> = {
  relay: '#2563eb',
  bullmq: '#a1a1aa',
  'bee-queue': '#a1a1aa',
  groupmq: '#a1a1aa',
};

const WIDTH = 420;
const BAR = 18;
const LABEL = 84;
const NUMBER = 72;
const PANEL_HEIGHT = 30 + Object.keys(SHOWN).length * (BAR + 4) + 14;

/** Bars of the medians, two panels side by side. Readable on light and dark ground. */
export function chart(series: readonly Series[]): string {
  const panels = PANELS.map((panel) => ({ panel, bars: barsOf(panel, series) })).filter(
    ({ bars }) => bars.length > 0,
  );
  const height = Math.ceil(panels.length / 2) * PANEL_HEIGHT + 10;
  const body = panels.map(({ panel, bars }, i) =>
    panelOf(panel, bars, (i % 2) * (WIDTH + 20) + 10, Math.floor(i / 2) * PANEL_HEIGHT + 10),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH + 40} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    '<title>Relay beside its peers: medians of the benchmark</title>',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

interface Bar {
  readonly contender: string;
  readonly value: number;
}

function barsOf({ row, metric }: Panel, all: readonly Series[]): Bar[] {
  return Object.keys(SHOWN).flatMap((contender) => {
    const found = all.find(
      (one) => one.row === row && one.metric === metric && one.contender === contender,
    );
    return found === undefined || found.void !== undefined
      ? []
      : [{ contender, value: median(found.values) }];
  });
}

function panelOf({ title }: Panel, bars: readonly Bar[], x: number, y: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL - NUMBER;
  const lines = bars.map(({ contender, value }, i) => {
    const top = y + 26 + i * (BAR + 4);
    const width = Math.max(1, (value / most) * room);
    const text = numberText(value, value < 10 ? 2 : 0);
    return [
      `<text x="${x}" y="${top + 13}" fill="#3f3f46">${contender}</text>`,
      `<rect x="${x + LABEL}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${SHOWN[contender]}"/>`,
      `<text x="${(x + LABEL + width + 6).toFixed(1)}" y="${top + 13}" fill="#3f3f46">${text}</text>`,
    ].join('');
  });
  return [
    `<text x="${x}" y="${y + 14}" font-weight="600" fill="#18181b">${title}</text>`,
    ...lines,
  ].join('\n');
}
