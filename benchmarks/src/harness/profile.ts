import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const TOP = 25;
/** Waiting, and the profiler itself, which begins and ends by it. */
const NOT_WORK = new Set(['(idle)', 'dispatch']);

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the client's time went, and which commands Redis ran, for each row and contender that was profiled. */
export async function profileText(dir: string): Promise<string> {
  const parts: string[] = [`profiles in ${dir}`];
  for (const file of (await readdir(dir)).toSorted()) {
    const text = await readFile(join(dir, file), 'utf8');
    if (file.endsWith('.cpuprofile'))
      parts.push(`${file}, self time:\n${selfTimes(JSON.parse(text) as CpuProfile).join('\n')}`);
    else if (file.endsWith('.commands.txt'))
      parts.push(`${file}:\n${commandLines(text).join('\n')}`);
  }
  return parts.join('\n\n');
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): string[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const us = new Map<string, number>();
  let total = 0;
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    const spent = timeDeltas[i] ?? 0;
    if (frame === undefined || NOT_WORK.has(frame.functionName)) return;
    const place = frame.url.split('/').slice(-2).join('/');
    const name = `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`;
    us.set(name, (us.get(name) ?? 0) + spent);
    total += spent;
  });
  return [...us]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, TOP)
    .map(([name, spent]) => `  ${((spent / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

/** From `INFO commandstats`: calls, total ms and µs a call; what scripts call inside is told apart by `evalsha`. */
function commandLines(info: string): string[] {
  const lines = [
    ...info.matchAll(/^cmdstat_(\S+):calls=(\d+),usec=(\d+),usec_per_call=([\d.]+)/gm),
  ];
  return lines
    .toSorted((a, b) => Number(b[3]) - Number(a[3]))
    .slice(0, TOP)
    .map(
      ([, name = '', calls = '', usec = '', each = '']) =>
        `  ${name.padEnd(22)} ${calls.padStart(9)} calls ${(Number(usec) / 1_000).toFixed(1).padStart(9)} ms ${each.padStart(9)} µs a call`,
    );
}
