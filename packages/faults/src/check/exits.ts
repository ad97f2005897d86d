import type { Evidence } from './evidence.ts';

/** I27: a service that is asked to end does so with code 0; none ends unasked. */
export function exitProblems({ exits, events }: Evidence): string[] {
  const suicides = new Set(
    events.flatMap((event) => (event.e === 'start' ? [event] : [])).map(({ by }) => by),
  );
  const problems: string[] = [];
  for (const { name, code, signal, asked } of exits) {
    if (asked === null) {
      // A poison job kills the worker that runs it.
      if (signal === 'SIGKILL' && suicides.has(name)) continue;
      problems.push(`I27: ${name} ended by itself with ${signal ?? code}`);
    } else if (asked === 'SIGTERM' && code !== 0) {
      problems.push(`I27: ${name} ended with ${signal ?? code} after SIGTERM`);
    }
  }
  return problems;
}

/** The longest that a service took to end after SIGTERM, ms. */
export function longestEnd({ exits }: Evidence): number {
  return Math.round(Math.max(0, ...exits.map(({ asked, ms }) => (asked === 'SIGTERM' ? ms : 0))));
}
