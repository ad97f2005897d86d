import { type DemoReport, summaryOf } from '../../apps/demo/src/report.ts';

/** The closing line: `relay: 200 jobs, 180 completed, 20 dead, 0 lost`. */
export function closingLine(report: DemoReport): string {
  return `relay: ${summaryOf(report)}`;
}

/** What happened, as lines. */
export function tableOf(report: DemoReport, workerName: (id: string) => string): string[] {
  const seconds = report.durationMs / 1_000;
  const ended = report.completed + report.dead + report.cancelled;
  const rows: [string, string, string][] = [
    ['completed', count(report.completed), 'with the result that the generator expected'],
    ['retried', count(report.retried), 'ended after more than one attempt'],
    ['dead', count(report.dead), 'failed on purpose, now in the dead letters'],
    ['crashed and recovered', count(report.recovered), 'their worker was killed, another ran them'],
    ['lost', count(report.lost), ''],
  ];
  if (report.cancelled > 0) rows.push(['cancelled', count(report.cancelled), '']);
  if (report.doubled > 0) rows.push(['doubled', count(report.doubled), '']);
  if (report.wrong > 0) rows.push(['wrong result', count(report.wrong), '']);
  for (const [name, jobs] of perWorker(report, workerName)) {
    rows.push([name, count(jobs), 'jobs ended']);
  }
  rows.push(['duration', `${seconds.toFixed(1)} s`, '']);
  rows.push(['throughput', seconds > 0 ? (ended / seconds).toFixed(0) : '-', 'jobs/s']);
  return draw([`${report.jobs} jobs`, '', ''], rows);
}

function perWorker(report: DemoReport, workerName: (id: string) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const [id, jobs] of Object.entries(report.workers)) {
    const name = workerName(id);
    sums.set(name, (sums.get(name) ?? 0) + jobs);
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function draw(
  title: [string, string, string],
  rows: readonly [string, string, string][],
): string[] {
  const width = (column: 0 | 1 | 2): number =>
    Math.max(title[column].length, ...rows.map((row) => row[column].length));
  const [first, second, third] = [width(0), width(1), width(2)];
  const rule = '─'.repeat(first + second + third + 4);
  const lines = rows.map(([a, b, c]) =>
    `${a.padEnd(first)}  ${b.padStart(second)}  ${c}`.trimEnd(),
  );
  return [title[0], rule, ...lines, rule];
}

function count(value: number): string {
  return String(value);
}
