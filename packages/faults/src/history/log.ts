import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An append-only file of one process. Each event is on its way to the file before the call returns: what a handler did
 * is known although its process is killed the next moment.
 */
export class EventLog<Event extends object> {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  note(event: Event): void {
    appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}

/** All events of the files whose names end in `suffix`, file by file. A line that a kill cut in two is left out. */
export function readLogs<Event>(dir: string, suffix: string): Event[][] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(suffix))
    .toSorted()
    .map((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
    .map((lines) => lines.flatMap((line) => parsed<Event>(line)));
}

function parsed<Event>(line: string): Event[] {
  if (!line.endsWith('}')) return [];
  try {
    return [JSON.parse(line) as Event];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
